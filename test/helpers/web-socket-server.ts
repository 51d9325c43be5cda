/** WebSocket servers on a free port of the loopback interface: one of ws, and one whose frames the test writes by hand. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { type RawServer, startRaw } from './http-server.ts';
import { type CertificateName, pemOf } from './tls-server.ts';

export interface SocketServer extends AsyncDisposable {
  readonly port: number;
  url(path?: string): string;
  /** Upgrades that were asked for. */
  readonly asked: readonly IncomingMessage[];
  readonly open: number;
}

export type OnSocket = (socket: WebSocket, request: IncomingMessage) => void;

/** Speaks with each client through `onSocket`. */
export async function startSockets(
  onSocket: OnSocket,
  { tls, ...options }: ServerOptions & { readonly tls?: CertificateName } = {},
): Promise<SocketServer> {
  const server =
    tls === undefined
      ? createServer()
      : createTlsServer({
          cert: pemOf(tls),
          key: pemOf(tls),
          ca: pemOf('ca'),
          requestCert: true,
          rejectUnauthorized: false,
        });
  const sockets = new WebSocketServer({ ...options, server });
  const asked: IncomingMessage[] = [];
  server.on('upgrade', (request) => asked.push(request));
  server.on('tlsClientError', () => {});
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {});
    onSocket(socket, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const { port } = address;
  return {
    port,
    url: (path = '/') => `${tls === undefined ? 'ws' : 'wss'}://api.test:${port}${path}`,
    asked,
    get open() {
      return sockets.clients.size;
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Says everything back. */
export const echo: OnSocket = (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
};

/** The head of a response that upgrades, for the head of a request. `more`: further header lines. */
export function upgradeFor(head: string, more = ''): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? '';
  const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const lines = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n${more}`;
  return `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`;
}

/** A server that upgrades and then writes `frames` as they are. */
export function startFrames(
  frames: Buffer | ((socket: Socket) => void),
  { more = '' }: { readonly more?: string } = {},
): Promise<RawServer> {
  return startRaw((socket, _turn, head) => {
    socket.write(upgradeFor(head, more), 'latin1');
    if (typeof frames === 'function') frames(socket);
    else socket.write(frames);
  });
}

/** A frame as a server sends it. `flags`: 8 is FIN, 4 says that it is compressed. */
export function frame(opcode: number, payload: Buffer | string = '', flags = 8): Buffer {
  const data = Buffer.from(payload);
  const first = (flags << 4) | opcode;
  if (data.length < 126) return Buffer.concat([Buffer.from([first, data.length]), data]);
  const long = data.length > 65_535;
  const head = Buffer.alloc(long ? 10 : 4);
  head[0] = first;
  head[1] = long ? 127 : 126;
  if (long) head.writeBigUInt64BE(BigInt(data.length), 2);
  else head.writeUInt16BE(data.length, 2);
  return Buffer.concat([head, data]);
}
