/**
 * `puck.uno/socket/tcp_listener`. Powerless: the listener itself lives in the kernel. Reference: spec/surface.md,
 * "Listeners".
 */
import { type Call, type ClassValue, defineClass, makeObject, textOf, type Value } from '../../caspian/native.ts';
import type { SyncListener } from '../sync-listener.ts';
import type { SyncNet } from '../sync-net.ts';
import { SyncTlsSocket } from '../sync-socket.ts';
import { integerOf, timeoutIn } from './arguments.ts';
import { type Asker, blocking, readOptions } from './options.ts';
import type { SocketClasses } from './socket.ts';

const URL = 'puck.uno/socket/tcp_listener';

/** The class; what it accepts are objects of `sockets`. `userNet` raises where the user has no net. */
export function listenerClass(asker: Asker, sockets: SocketClasses, userNet: (url: string) => SyncNet): ClassValue {
  return defineClass<SyncListener>({
    url: URL,
    requiresNet: true,
    construct: {
      params: ['host', 'port', 'options?'],
      named: 'any',
      blocking: true,
      run: (args, call) => listen(asker, userNet(URL), args, call),
    },
    methods: {
      accept: {
        named: ['timeout'],
        blocking: true,
        run: (listener, _args, call) => {
          const given = { timeout: listener.timeout, ...readOptions(undefined, call, 'accept') };
          const socket = blocking(given, call, (options) => listener.accept(timeoutIn(options)));
          return makeObject(socket instanceof SyncTlsSocket ? sockets.ssl : sockets.tcp, socket);
        },
      },
      close: {
        blocking: true,
        run: (listener) => {
          listener.close();
          return null;
        },
      },
      local_host: (listener) => listener.localHost,
      local_port: (listener) => listener.localPort,
    },
  });
}

export function listen(asker: Asker, net: SyncNet, [host, port, options]: readonly Value[], call: Call): SyncListener {
  const given = readOptions(options, call, 'tcp_listen', ['host', 'port']);
  return asker.ask(given, call, (all) => net.tcpListen(textOf(host, 'host'), integerOf(port, 'port'), all));
}
