/**
 * `%net`, and the classes of the standard library by their URLs. Powerless: a `%net` object stands for a capability
 * of the kernel. Who gets one is not decided here but by the engine's `surface`. Reference: spec/surface.md.
 */

import {
  type Call,
  type ClassValue,
  defineClass,
  fromPlain,
  makeObject,
  stateIn,
  textOf,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError, GrantSyntaxError, HostNotAllowedError } from '../../errors/classes.ts';
import type { SyncNet } from '../sync-net.ts';
import { integerOf } from './arguments.ts';
import { type HttpClasses, httpClasses } from './http.ts';
import { listen, listenerClass } from './listener.ts';
import { type Asker, inSnakeCase, readOptions } from './options.ts';
import { fetching, fetchingAll } from './requests.ts';
import { resolveMethods } from './resolve.ts';
import { RESPONSE } from './response.ts';
import { selecting } from './select.ts';
import { connectTcp, connectTls, type SocketClasses, socketClasses } from './socket.ts';
import { type StreamClasses, streamClasses, streamMethods } from './streams.ts';
import { listenUdp, openUdp, udpClass } from './udp.ts';

/** What the engine gives a script's runtime. */
export interface StandardLibrary {
  /** The `%net` object for a net: one and the same at every use. */
  readonly net: Value;
  /** A class by its canonical URL; null if there is none. */
  builtinClass(url: string): ClassValue | null;
}

/**
 * The standard library around the net of the role `user`; null where nothing was granted. `asker` is what the net's
 * session reads to tell the kernel who asks.
 */
export function standardLibrary(net: SyncNet | null, asker: Asker): StandardLibrary {
  const userNet = (url: string): SyncNet => {
    if (net !== null) return net;
    throw new HostNotAllowedError(`${url}: no network access was granted`, {
      operation: 'connect',
      hint: 'run again with --allow-net=HOST:PORT',
    });
  };
  const http = httpClasses(asker, userNet);
  const sockets = socketClasses(asker, userNet);
  const listener = listenerClass(asker, sockets, userNet);
  const udp = udpClass(asker, userNet);
  const streams = streamClasses(asker, userNet);
  const netClass = defineNet(asker, { ...sockets, ...streams, listener, udp }, http);
  const classes = new Map<string, ClassValue>([
    ['puck.uno/net', netClass],
    ['puck.uno/http/client', http.clientAt('puck.uno/http/client')],
    ['puck.uno/network/http/client', http.clientAt('puck.uno/network/http/client')],
    ['puck.uno/http/response', RESPONSE],
    ['puck.uno/socket/tcp', sockets.tcp],
    ['puck.uno/socket/ssl', sockets.ssl],
    ['puck.uno/socket/udp', udp],
    ['puck.uno/socket/tcp_listener', listener],
    ['puck.uno/web_socket', streams.webSocket],
    ['puck.uno/event_source', streams.eventSource],
  ]);
  return {
    net: net === null ? null : makeObject(netClass, net),
    builtinClass: (url) => classes.get(url) ?? null,
  };
}

/** The classes of what a net opens. */
interface OpenedClasses extends SocketClasses, StreamClasses {
  readonly listener: ClassValue;
  readonly udp: ClassValue;
}

function defineNet(asker: Asker, classes: OpenedClasses, http: HttpClasses): ClassValue {
  const { tcp, ssl, udp, listener } = classes;
  const netClass: ClassValue = defineClass<SyncNet>({
    url: 'puck.uno/net',
    methods: {
      fetch: fetching(asker, (net, url, options) => net.fetch(url, options)),
      fetch_all: fetchingAll(asker),
      http: (net) => http.http(net),
      tcp: {
        params: ['host', 'port', 'options?'],
        named: 'any',
        blocking: true,
        run: (net, args, call) => makeObject(tcp, connectTcp(asker, net, args, call)),
      },
      tls: {
        params: ['host', 'port', 'options?'],
        named: 'any',
        blocking: true,
        run: (net, args, call) => makeObject(ssl, connectTls(asker, net, args, call)),
      },
      tcp_listen: {
        params: ['host', 'port', 'options?'],
        named: 'any',
        blocking: true,
        run: (net, args, call) => makeObject(listener, listen(asker, net, args, call)),
      },
      udp: {
        params: ['host?', 'port?', 'options?'],
        named: 'any',
        blocking: true,
        run: (net, args, call) => makeObject(udp, openUdp(asker, net, args, call)),
      },
      udp_listen: {
        params: ['host', 'port', 'options?'],
        named: 'any',
        blocking: true,
        run: (net, args, call) => makeObject(udp, listenUdp(asker, net, args, call)),
      },
      ...streamMethods(asker, classes),
      ...resolveMethods(asker),
      select: selecting(asker, { sockets: [tcp, ssl, udp], listener }),
      narrow: {
        params: ['rules', 'options?'],
        named: 'any',
        run: (net, [rules, options], call) => makeObject(netClass, narrow(asker, net, rules, options, call)),
      },
      revoke: {
        params: ['net'],
        run: (net, [other]) => {
          const child = stateIn<SyncNet>(other ?? null, netClass);
          if (child === null) throw new ArgumentError('revoke takes a net that was narrowed from this one');
          net.revoke(child);
          return null;
        },
      },
      'allowed?': {
        params: ['host', 'port'],
        run: (net, [host, port]) => net.allowed(textOf(host, 'host'), integerOf(port, 'port')),
      },
      'listen_allowed?': {
        params: ['host', 'port'],
        run: (net, [host, port]) => net.listenAllowed(textOf(host, 'host'), integerOf(port, 'port')),
      },
      grants: { run: (net, _args, call) => asker.ask({}, call, () => fromPlain(inSnakeCase(net.grants))) },
    },
  });
  return netClass;
}

function narrow(asker: Asker, net: SyncNet, rules: Value | undefined, options: Value | undefined, call: Call): SyncNet {
  if (!Array.isArray(rules)) {
    throw new GrantSyntaxError('narrow takes a list of rules', { hint: "[] grants nothing, ['*'] keeps all hosts" });
  }
  const texts = rules.map((rule) => textOf(rule, 'a rule'));
  const given = readOptions(options, call, 'narrow', ['rules']);
  return asker.ask({}, call, () => net.narrow(texts, given));
}
