/**
 * `puck.uno/socket/udp`. Powerless: the kernel decides on each datagram. Reference: spec/surface.md, "Datagrams".
 */
import {
  bytesOf,
  type Call,
  type ClassValue,
  defineClass,
  fromPlain,
  type NativeFunction,
  textOf,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncUdpSocket } from '../sync-udp.ts';
import { flagOf, integerOf, timeoutIn } from './arguments.ts';
import { type Asker, readOptions } from './options.ts';

const URL = 'puck.uno/socket/udp';
const TAKEN = ['host', 'port'];

/** The class; `userNet` raises where the user has no net. */
export function udpClass(asker: Asker, userNet: (url: string) => SyncNet): ClassValue {
  const timed = (
    params: readonly string[],
    run: (socket: SyncUdpSocket, args: readonly Value[], timeout: { timeout?: number | null }) => Value,
  ): NativeFunction<SyncUdpSocket> => ({
    params,
    named: ['timeout'],
    blocking: true,
    run: (socket, args, call) => {
      const given = { timeout: socket.timeout, ...readOptions(undefined, call, 'options') };
      return asker.ask(given, call, (options) => run(socket, args, timeoutIn(options)));
    },
  });
  type Membership = (socket: SyncUdpSocket, group: string, options: RawOptions) => void;
  const membership = (run: Membership): NativeFunction<SyncUdpSocket> => ({
    params: ['group'],
    named: ['interface'],
    blocking: true,
    run: (socket, [group], call) => {
      const options = readOptions(undefined, call, 'join', ['group']);
      asker.ask({}, call, () => run(socket, textOf(group, 'group'), options));
      return null;
    },
  });
  return defineClass<SyncUdpSocket>({
    url: URL,
    requiresNet: true,
    construct: {
      params: ['host?', 'port?', 'options?'],
      named: 'any',
      blocking: true,
      run: (args, call) => construct(asker, userNet(URL), args, call),
    },
    methods: {
      send: timed(['data'], (socket, [data], timeout) => socket.send(bytesOf(data, 'data'), timeout)),
      send_to: timed(['data', 'host', 'port'], (socket, [data, host, port], timeout) =>
        socket.sendTo(bytesOf(data, 'data'), textOf(host, 'host'), integerOf(port, 'port'), timeout),
      ),
      recv: timed(['max'], (socket, [max], timeout) => fromPlain(socket.recv(integerOf(max, 'max'), timeout))),
      recv_from: timed(['max'], (socket, [max], timeout) => fromPlain(socket.recvFrom(integerOf(max, 'max'), timeout))),
      join: membership((socket, group, options) => socket.join(group, options)),
      leave: membership((socket, group, options) => socket.leave(group, options)),
      close: {
        blocking: true,
        run: (socket) => {
          socket.close();
          return null;
        },
      },
      local_host: (socket) => socket.localHost,
      local_port: (socket) => socket.localPort,
      'broadcast=': {
        params: ['value'],
        run: (socket, [on]) => {
          socket.broadcast = flagOf(on, 'broadcast');
          return on ?? null;
        },
      },
      'ttl=': {
        params: ['value'],
        run: (socket, [hops]) => {
          socket.ttl = integerOf(hops, 'ttl');
          return hops ?? null;
        },
      },
    },
  });
}

/** What `.new` makes: as `.udp`, or as `.udp_listen` with `listen: true`. */
function construct(asker: Asker, net: SyncNet, args: readonly Value[], call: Call): SyncUdpSocket {
  const listens = call.named.get('listen');
  return listens !== undefined && flagOf(listens, 'listen')
    ? listenUdp(asker, net, args, call)
    : openUdp(asker, net, args, call);
}

export function openUdp(asker: Asker, net: SyncNet, args: readonly Value[], call: Call): SyncUdpSocket {
  const [host, port, options] = args;
  const given = readOptions(options, call, 'udp', [...TAKEN, 'listen']);
  const none = (value: Value | undefined): value is null | undefined => value === undefined || value === null;
  if (none(host) !== none(port)) throw new ArgumentError('udp takes a host and a port, or neither');
  return asker.ask(given, call, (all) =>
    none(host) ? net.udp(null, null, all) : net.udp(textOf(host, 'host'), integerOf(port, 'port'), all),
  );
}

export function listenUdp(asker: Asker, net: SyncNet, args: readonly Value[], call: Call): SyncUdpSocket {
  const [host, port, options] = args;
  const given = readOptions(options, call, 'udp_listen', [...TAKEN, 'listen']);
  return asker.ask(given, call, (all) => net.udpListen(textOf(host, 'host'), integerOf(port, 'port'), all));
}
