/** Peers of a listener of ours, played by hand. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { GrantsInput } from '../../src/net/grants/grants.ts';
import type { Net } from '../../src/net/net.ts';
import type { OpenNetOptions } from '../../src/net/net-options.ts';
import { testNet, until } from './tcp-server.ts';
import { type CertificateName, pemOf } from './tls-server.ts';

/** Connecting and listening, everywhere. */
export const LISTEN_ALL: GrantsInput = { allowNet: true, allowListen: true };

export function listenNet(options: OpenNetOptions = {}, grants: GrantsInput = LISTEN_ALL): Net {
  return testNet(options, grants);
}

/** What a TLS listener shows. */
export const SERVER_TLS = { certPem: pemOf('good'), keyPem: pemOf('good') };

export interface Caller extends AsyncDisposable {
  readonly socket: Socket;
  /** The last session that a TLS server gave it. */
  readonly session: Buffer | null;
  /** What it heard so far. */
  readonly heard: string;
  /** Null while it is open; then the code of its failure, or `end`. */
  readonly over: string | null;
}

/** Connects; done when the system has the connection. */
export async function call(port: number, host = '127.0.0.1'): Promise<Caller> {
  const socket = connect({ port, host, allowHalfOpen: false });
  const caller = watch(socket);
  await until(() => socket.readyState === 'open' || caller.over !== null, 'the caller is connected');
  return caller;
}

/** Connects and shakes hands, trusting the test authority. */
export async function callTls(
  port: number,
  options: {
    readonly alpn?: string[];
    readonly certificate?: CertificateName | undefined;
    readonly session?: Buffer | undefined;
  } = {},
): Promise<Caller> {
  const { certificate, session } = options;
  const socket: TLSSocket = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'api.test',
    ca: pemOf('ca'),
    ...(certificate === undefined ? {} : { cert: pemOf(certificate), key: pemOf(certificate) }),
    ...(session === undefined ? {} : { session }),
    ALPNProtocols: options.alpn ?? [],
  });
  let secure = false;
  socket.once('secureConnect', () => {
    secure = true;
  });
  const caller = watch(socket);
  await until(() => secure || caller.over !== null, 'the caller has shaken hands');
  return caller;
}

function watch(socket: Socket): Caller {
  let heard = '';
  let over: string | null = null;
  let session: Buffer | null = null;
  socket.on('session', (fresh: Buffer) => {
    session = fresh;
  });
  socket.on('data', (piece: Buffer) => {
    heard += piece.toString('latin1');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    over ??= error.code ?? 'error';
  });
  socket.on('close', () => {
    over ??= 'end';
  });
  return {
    socket,
    get session() {
      return session;
    },
    get heard() {
      return heard;
    },
    get over() {
      return over;
    },
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await until(() => over !== null, 'the caller is closed');
    },
  };
}
