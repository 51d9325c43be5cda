/** An HTTP/2 server with TLS on a free port of the loopback interface, which takes HTTP/1.1 too if it is to. */
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { type CertificateName, pemOf } from './tls-server.ts';

export interface Http2Server extends AsyncDisposable {
  readonly port: number;
  origin(host?: string): string;
  /** `2.0 GET host:port /path`, in the order in which the requests came. */
  readonly seen: readonly string[];
  /** Connections so far, and requests under way. */
  readonly connections: number;
  readonly open: number;
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

export type Answer2 = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface Http2Options {
  readonly certificate?: CertificateName;
  readonly http1?: boolean;
  readonly maxConcurrentStreams?: number;
  /** Sees each stream before any request does; true: it has been dealt with. */
  readonly onStream?: (stream: ServerHttp2Stream) => boolean;
}

export async function startHttp2(answer: Answer2, options: Http2Options = {}): Promise<Http2Server> {
  const { certificate = 'good', http1 = false, maxConcurrentStreams, onStream } = options;
  const pem = pemOf(certificate);
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let connections = 0;
  let open = 0;
  const server = createSecureServer({
    cert: pem,
    key: pem,
    allowHTTP1: http1,
    ...(maxConcurrentStreams === undefined ? {} : { settings: { maxConcurrentStreams } }),
  });
  server.on('request', (request, response) => {
    if (onStream !== undefined && request.httpVersion === '2.0' && onStream(request.stream)) return;
    const host = request.headers[':authority'] ?? request.headers.host ?? '';
    seen.push(`${request.httpVersion} ${request.method} ${host} ${request.url}`);
    open += 1;
    request.on('error', () => {});
    response.on('error', () => {});
    response.on('close', () => {
      open -= 1;
    });
    answer(request, response);
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.on('secureConnection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('sessionError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const { port } = address;
  return {
    port,
    origin: (host = 'api.test') => `https://${host}:${port}`,
    seen,
    sessions,
    get connections() {
      return connections;
    },
    get open() {
      return open;
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
