/** TCP servers on a free port of the loopback interface, and the two ends of one connection. */
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import { Grants, type GrantsInput } from '../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../src/net/net.ts';
import type { OpenNetOptions } from '../../src/net/net-options.ts';
import type { TcpOptions } from '../../src/net/socket/options.ts';
import type { TcpSocket } from '../../src/net/socket/tcp-socket.ts';

/** The loopback address behind every name of the tests. */
export const resolveToLoopback = (): readonly string[] => ['127.0.0.1'];

/** A net that may do everything (or what `grants` say), where every name leads to the loopback interface. */
export function testNet(options: OpenNetOptions = {}, grants: GrantsInput = { allowNet: true }): Net {
  return openNet(Grants.parse(grants), { resolve: resolveToLoopback, ...options });
}

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** How many connections have been accepted so far. */
  readonly accepted: number;
  /** The next connection; one that has come already counts. */
  accept(): Promise<Socket>;
}

/** A server whose connections the test plays by hand. What is not closed is closed with it. */
export async function startTcp(host = '127.0.0.1'): Promise<TestServer> {
  const waiting: Socket[] = [];
  const takers: ((socket: Socket) => void)[] = [];
  const open = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    const taker = takers.shift();
    if (taker === undefined) waiting.push(socket);
    else taker(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    get accepted() {
      return accepted;
    },
    accept: () => {
      const socket = waiting.shift();
      return socket === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(socket);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface TcpPair extends AsyncDisposable {
  readonly net: Net;
  /** Ours. */
  readonly socket: TcpSocket;
  /** The other end. */
  readonly peer: Socket;
}

/** A connection of `api.test` and its other end. */
export async function tcpPair(
  options: { readonly net?: OpenNetOptions; readonly socket?: TcpOptions; readonly grants?: GrantsInput } = {},
): Promise<TcpPair> {
  const server = await startTcp();
  const net = testNet(options.net, options.grants);
  const [socket, peer] = await Promise.all([net.tcp('api.test', server.port, options.socket), server.accept()]);
  return {
    net,
    socket,
    peer,
    [Symbol.asyncDispose]: async () => {
      await net.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Longer than a busy machine takes, shorter than the runner waits for a test. */
const PATIENCE_MS = 15_000;

/** Waits until something holds, looking at each turn of the event loop; fails after fifteen seconds. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`it never came true: ${what}`);
    await nextTurn();
  }
}

/** Everything the peer gets, as text, until it has `length` characters or the stream ends. */
export async function readText(peer: Socket, length = Number.POSITIVE_INFINITY): Promise<string> {
  let text = '';
  const onData = (piece: Buffer): void => {
    text += piece.toString('latin1');
  };
  let ended = false;
  peer.on('data', onData).once('end', () => {
    ended = true;
  });
  await until(() => text.length >= length || ended || peer.destroyed, 'the peer has read enough');
  peer.off('data', onData);
  return text;
}

/** The error that a promise is rejected with; fails if it is not one of ours. */
export async function failureOf(promise: Promise<unknown>): Promise<CaspianError> {
  const failure: unknown = await promise.then(
    (value) => new Error(`it went well: ${String(value)}`),
    (error: unknown) => error,
  );
  if (failure instanceof CaspianError) return failure;
  expect.unreachable(`no error of ours: ${String(failure)}`);
}

/** Bytes as text, null as null. */
export function asText(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('latin1');
}

/** How many sockets this thread holds, of any kind. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCPSocket|TLSWrap|TCPWrap|ConnectWrap/.test(kind)).length;
}
