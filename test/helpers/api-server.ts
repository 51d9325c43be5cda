/**
 * A small HTTP API on the loopback interface, which says what it was asked. One server for a suite.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

export interface ApiServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly base: string;
  /** Requests that have arrived, in order. */
  readonly seen: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
  }[];
}

/** Bytes of `/bytes?n=`: each is its own offset, modulo 251. */
export function patternBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) bytes[at] = at % 251;
  return bytes;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

const ROUTES: Readonly<Record<string, Handler>> = {
  '/text': (_request, response) => {
    response.writeHead(200, 'Fine', { 'content-type': 'text/plain; charset=utf-8', 'x-twice': ['one', 'two'] });
    response.end('grüße');
  },
  '/echo': async (request, response) => {
    const body = await readBody(request);
    json(response, {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: body.toString('base64'),
    });
  },
  '/bytes': (_request, response, url) => {
    const body = patternBytes(Number(url.searchParams.get('n')));
    if (url.searchParams.has('chunked')) response.writeHead(200);
    else response.writeHead(200, { 'content-length': body.length });
    response.end(body);
  },
  '/gzip': (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' });
    response.end(gzipSync('packed'));
  },
  '/redirect': (_request, response, url) => {
    response.writeHead(302, { location: url.searchParams.get('to') ?? '/text' });
    response.end();
  },
  '/trailers': (_request, response, url) => {
    response.writeHead(200, { trailer: 'x-sum, x-twice', 'set-cookie': ['a=1', 'b=2; Path=/'] });
    response.write(patternBytes(Number(url.searchParams.get('n'))));
    response.addTrailers([
      ['X-Sum', 'abc'],
      ['X-Twice', 'one'],
      ['X-Twice', 'two'],
    ]);
    response.end();
  },
  '/latin': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset="iso-8859-1"' });
    response.end(Buffer.from('grüße', 'latin1'));
  },
  '/odd': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=x-none' }).end('x');
  },
  '/broken-json': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"a": 1,\n "b": }');
  },
  '/again': (request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(307, { location: '/echo' }).end());
  },
  '/hang': () => {},
  '/half': (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write(Buffer.alloc(100_000));
  },
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000_000 });
    response.write(Buffer.alloc(100_000), () => response.destroy());
  },
};

export async function startApi(): Promise<ApiServer> {
  const seen: ApiServer['seen'][number][] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    const handler = Object.hasOwn(ROUTES, url.pathname) ? ROUTES[url.pathname] : undefined;
    if (handler !== undefined) void handler(request, response, url);
    else response.writeHead(404).end('no such page');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    base: `http://127.0.0.1:${address.port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
