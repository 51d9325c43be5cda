/**
 * The servers that the examples of spec/ talk to, on the loopback interface: a small HTTP API with a WebSocket that says
 * everything back, and a TCP server that sends back what it gets.
 */
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';

/** The ports that the pages write; the servers' own stand in for them while a test runs. */
export const PAGE_PORTS = Object.freeze({ http: '8600', echo: '8700' });

export interface SpecServers extends AsyncDisposable {
  readonly http: number;
  readonly echo: number;
  /** A page's text with the ports of the servers in place of those of the page. */
  real(text: string): string;
  /** The other way round. */
  shown(text: string): string;
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const api: RequestListener = async (request, response) => {
  const body = await readAll(request);
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
  if (request.method === 'POST' && pathname === '/users') json(201, JSON.parse(body), { location: '/users/43' });
  else if (pathname === '/users/42') json(200, { id: 42, name: 'Ada' });
  else if (pathname === '/moved') response.writeHead(302, { location: '/users/42' }).end();
  else if (pathname === '/away') response.writeHead(302, { location: 'http://elsewhere.example/' }).end();
  else if (pathname === '/echo') {
    const {
      authorization = null,
      cookie = null,
      'content-type': type = null,
      'x-trace': trace = null,
    } = request.headers;
    json(200, { method: request.method, path: pathname + search, authorization, cookie, type, trace, body });
  } else if (pathname === '/cookies') {
    response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end();
  } else if (pathname === '/latin') {
    response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from('grün', 'latin1'));
  } else if (pathname === '/big') response.end(Buffer.alloc(1_000_000, 'x'));
  else if (pathname === '/slow') return;
  else if (pathname === '/ticks') {
    const last = Number(request.headers['last-event-id'] ?? 0);
    response.writeHead(last < 3 ? 200 : 204, { 'content-type': 'text/event-stream' });
    response.end(last < 3 ? `retry: 100\nid: ${last + 1}\nevent: tick\ndata: tick ${last + 1}\n\n` : '');
  } else if (pathname === '/complete') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of JSON.parse(body).prompt.split(' ')) response.write(`data: ${JSON.stringify({ word })}\n\n`);
    response.end('data: [DONE]\n\n');
  } else json(404, { error: 'no such page' });
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export async function startSpecServers(): Promise<SpecServers> {
  const open = new Set<Socket>();
  const http = createHttp(api);
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => {});
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    });
  });
  const echo = createTcp({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
  for (const server of [http, echo]) {
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
  }
  const ports = { http: await listen(http), echo: await listen(echo) };
  const swap = (text: string, from: string, to: string) => text.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), to);
  return {
    ...ports,
    real: (text) => swap(swap(text, PAGE_PORTS.http, String(ports.http)), PAGE_PORTS.echo, String(ports.echo)),
    shown: (text) => swap(swap(text, String(ports.http), PAGE_PORTS.http), String(ports.echo), PAGE_PORTS.echo),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await Promise.all([http, echo].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
