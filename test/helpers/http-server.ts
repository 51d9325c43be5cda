/** HTTP servers on a free port of the loopback interface: one of Node's, and one that says byte for byte what it is told. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { type CertificateName, pemOf } from './tls-server.ts';

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value … as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Which connection it came over: 1 for the first. */
  readonly connection: number;
}

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  /** `http://host:port`, or `https:` for a TLS server; every name leads here. */
  origin(host?: string): string;
  readonly seen: readonly Seen[];
  /** How many connections have been accepted, and how many are open now. */
  readonly connections: { readonly accepted: number; readonly open: number };
}

export type Answer = (response: ServerResponse, request: Seen) => void;

/** Each request is answered once its body is in. Without `answer`, with an empty 200. */
export async function startHttp(
  answer: Answer = (response) => response.end(),
  tls?: CertificateName,
): Promise<HttpServer> {
  const seen: Seen[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => {});
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders, socket } = request;
      const body = Buffer.concat(pieces).toString();
      const one: Seen = { method, url, headers, rawHeaders, body, connection: numbers.get(underlying(socket)) ?? 0 };
      seen.push(one);
      answer(response, one);
    });
  };
  const server =
    tls === undefined
      ? createServer(onRequest)
      : createTlsServer(
          { cert: pemOf(tls), key: pemOf(tls), ca: pemOf('ca'), requestCert: true, rejectUnauthorized: false },
          onRequest,
        );
  const numbers = new Map<string, number>();
  const open = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    numbers.set(underlying(socket), accepted);
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => {});
  const port = await listen(server);
  return {
    port,
    origin: (host = 'api.test') => `${tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    seen,
    get connections() {
      return { accepted, open: open.size };
    },
    [Symbol.asyncDispose]: () => closeAll(server, open),
  };
}

/** One connection, by its other end. */
function underlying(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  origin(host?: string): string;
  /** Everything that has arrived, one text for each connection. */
  readonly heard: readonly string[];
  readonly connections: { readonly accepted: number; readonly open: number };
}

/** Called for each request head; `turn` counts them over all connections, from 1. */
export type RawAnswer = (socket: Socket, turn: number, head: string) => void;

/** A server that answers each request head with whatever `answer` writes. */
export async function startRaw(answer: RawAnswer): Promise<RawServer> {
  const heard: string[] = [];
  const open = new Set<Socket>();
  let turn = 0;
  const server = createTcpServer({ noDelay: true }, (socket) => {
    const number = heard.push('') - 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    let pending = '';
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      heard[number] += text;
      pending += text;
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        answer(socket, ++turn, head);
      }
    });
  });
  const port = await listen(server);
  return {
    port,
    origin: (host = 'api.test') => `http://${host}:${port}`,
    heard,
    get connections() {
      return { accepted: heard.length, open: open.size };
    },
    [Symbol.asyncDispose]: () => closeAll(server, open),
  };
}

/** Answers every request with the same bytes. */
export function startSaying(text: string | Buffer, after: (socket: Socket) => void = () => {}): Promise<RawServer> {
  return startRaw((socket) => {
    socket.write(text, 'latin1');
    after(socket);
  });
}

interface Listening {
  listen(port: number, host: string, done: () => void): unknown;
  address(): { readonly port: number } | string | null;
  close(done: () => void): unknown;
}

async function listen(server: Listening): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function closeAll(server: Listening, open: ReadonlySet<Socket>): Promise<void> {
  for (const socket of open) socket.destroy();
  await new Promise<void>((resolve) => server.close(resolve));
}
