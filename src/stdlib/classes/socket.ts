/**
 * `puck.uno/socket/tcp` and `puck.uno/socket/ssl`. Powerless: each method is one blocking operation on the kernel's
 * socket. Reference: spec/surface.md, "Sockets".
 */

import {
  bytesOf,
  type Call,
  type ClassValue,
  defineClass,
  fromPlain,
  makeObject,
  type NativeFunction,
  textOf,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncTcpSocket, SyncTlsSocket } from '../sync-socket.ts';
import { flagOf, integerOf, timeoutIn } from './arguments.ts';
import { type Asker, blocking, inSnakeCase, readOptions } from './options.ts';

type Socket = SyncTcpSocket;

/** What most operations take: a time-out that is checked by the kernel. */
type Timed = RawOptions & { readonly timeout?: number | null };

function timed(
  run: (socket: Socket, args: readonly Value[], options: Timed) => Value,
  params: string[],
  named = ['timeout'],
) {
  const method: NativeFunction<Socket> = {
    params,
    named,
    blocking: true,
    run: (socket, args, call) => {
      // The socket's own time-out stands in for the one that was not given, so that `%utils.timeout` bounds that.
      const given = readOptions(undefined, call, 'options');
      return blocking({ timeout: socket.timeout, ...given }, call, (options) => run(socket, args, options));
    },
  };
  return method;
}

function lineOptions(options: RawOptions): { max?: number; chomp?: boolean } {
  const { max, chomp } = options;
  if (max !== undefined && typeof max !== 'number') throw new ArgumentError('max must be an integer');
  if (chomp !== undefined && typeof chomp !== 'boolean') throw new ArgumentError('chomp must be true or false');
  return { ...(max === undefined ? {} : { max }), ...(chomp === undefined ? {} : { chomp }) };
}

const LINE_OPTIONS = ['timeout', 'max', 'chomp'];

function secondsOf(value: Value | undefined): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && value > 0) return value;
  throw new ArgumentError('timeout must be seconds above 0, or null for no limit');
}

function directionOf(value: Value | undefined): 'send' | 'recv' | 'both' {
  const text = textOf(value, 'direction');
  if (text === 'send' || text === 'recv' || text === 'both') return text;
  throw new ArgumentError('direction must be :send, :recv or :both');
}

/** What the classes need of the rest: the net that a script's own `.new` connects with. */
export interface SocketClasses {
  readonly tcp: ClassValue;
  readonly ssl: ClassValue;
}

/** The classes, around the net of the role `user`; `userNet` raises where there is none. */
export function socketClasses(asker: Asker, userNet: (url: string) => SyncNet): SocketClasses {
  const ssl: ClassValue = defineClass<SyncTlsSocket>({
    url: 'puck.uno/socket/ssl',
    requiresNet: true,
    construct: {
      params: ['host', 'port', 'options?'],
      named: 'any',
      blocking: true,
      run: (args, call) => connectTls(asker, userNet('puck.uno/socket/ssl'), args, call),
    },
    methods: {
      ...socketMethods(() => ssl),
      peer_cert: ({ peerCert }) => fromPlain(peerCert === null ? null : inSnakeCase(peerCert)),
      cipher: (socket) => socket.cipher,
      protocol: (socket) => socket.protocol,
      alpn: (socket) => socket.alpn,
      'session_reused?': (socket) => socket.sessionReused,
    },
  });
  const tcp = defineClass<SyncTcpSocket>({
    url: 'puck.uno/socket/tcp',
    requiresNet: true,
    construct: {
      params: ['host', 'port', 'options?'],
      named: 'any',
      blocking: true,
      run: (args, call) => connectTcp(asker, userNet('puck.uno/socket/tcp'), args, call),
    },
    methods: socketMethods(() => ssl),
  });
  return { tcp, ssl };
}

const TAKEN = ['host', 'port'];

export function connectTcp(asker: Asker, net: SyncNet, args: readonly Value[], call: Call): SyncTcpSocket {
  const [host, port, options] = args;
  const given = readOptions(options, call, 'tcp', TAKEN);
  return asker.ask(given, call, (all) => net.tcp(textOf(host, 'host'), integerOf(port, 'port'), all));
}

export function connectTls(asker: Asker, net: SyncNet, args: readonly Value[], call: Call): SyncTlsSocket {
  const [host, port, options] = args;
  const given = readOptions(options, call, 'tls', TAKEN);
  return asker.ask(given, call, (all) => net.tls(textOf(host, 'host'), integerOf(port, 'port'), all));
}

function socketMethods(ssl: () => ClassValue) {
  return {
    host: (socket: Socket) => socket.host,
    port: (socket: Socket) => socket.port,
    local_host: (socket: Socket) => socket.localHost,
    local_port: (socket: Socket) => socket.localPort,
    'connected?': (socket: Socket) => socket.connected,
    bytes_sent: (socket: Socket) => socket.bytesSent,
    bytes_received: (socket: Socket) => socket.bytesReceived,
    timeout: (socket: Socket) => socket.timeout,
    'timeout=': setter((socket, value) => {
      socket.timeout = secondsOf(value);
    }),
    'no_delay=': setter((socket, value) => {
      socket.noDelay = flagOf(value, 'no_delay');
    }),
    'keep_alive=': setter((socket, value) => {
      socket.keepAlive = flagOf(value, 'keep_alive');
    }),
    send: timed((socket, [data], options) => socket.send(bytesOf(data, 'data'), options), ['data']),
    send_all: timed(
      (socket, [data], options) => {
        socket.sendAll(bytesOf(data, 'data'), options);
        return null;
      },
      ['data'],
    ),
    recv: timed((socket, [max], options) => fromPlain(socket.recv(integerOf(max, 'max'), options)), ['max']),
    recv_line: timed(
      (socket, _args, options) => fromPlain(socket.recvLine({ ...lineOptions(options), ...timeoutIn(options) })),
      [],
      LINE_OPTIONS,
    ),
    recv_exact: timed(
      (socket, [count], options) => fromPlain(socket.recvExact(integerOf(count, 'count'), options)),
      ['count'],
    ),
    recv_until: timed(
      (socket, [mark], options) =>
        fromPlain(socket.recvUntil(bytesOf(mark, 'mark'), { ...lineOptions(options), ...timeoutIn(options) })),
      ['mark'],
      ['timeout', 'max'],
    ),
    recv_all: timed(
      (socket, _args, options) => {
        const { max } = lineOptions(options);
        if (max === undefined) throw new ArgumentError('recv_all needs max: the most bytes that it may read');
        return fromPlain(socket.recvAll({ max, ...timeoutIn(options) }));
      },
      [],
      ['timeout', 'max'],
    ),
    lines: {
      named: LINE_OPTIONS,
      block: 'required' as const,
      blocking: true,
      run: (socket: Socket, _args: readonly Value[], call: Call, self: Value) => {
        const options = readOptions(undefined, call, 'lines');
        const next = () =>
          blocking({ timeout: socket.timeout, ...options }, call, (all) =>
            socket.recvLine({ ...lineOptions(all), ...timeoutIn(all) }),
          );
        for (let line = next(); line !== null; line = next()) call.yield(fromPlain(line));
        return self;
      },
    },
    shutdown: timed(
      (socket, [direction], options) => {
        socket.shutdown(directionOf(direction), options);
        return null;
      },
      ['direction'],
    ),
    starttls: {
      params: ['options?'],
      named: 'any' as const,
      blocking: true,
      run: (socket: Socket, [options]: readonly Value[], call: Call) =>
        makeObject(
          ssl(),
          blocking(readOptions(options, call, 'starttls'), call, (all) => socket.starttls(all)),
        ),
    },
    close: timed((socket, _args, options) => {
      socket.close(options);
      return null;
    }, []),
  };
}

function setter(set: (socket: Socket, value: Value | undefined) => void): NativeFunction<Socket> {
  return {
    params: ['value'],
    run: (socket, [value]) => {
      set(socket, value);
      return value ?? null;
    },
  };
}
