/**
 * `puck.uno/http/client`, its jail, and `.http`. Powerless: the client itself lives in the kernel. Reference:
 * spec/surface.md, "HTTP client".
 */

import { type Call, type ClassValue, defineClass, makeObject, textOf, type Value } from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';
import type { SyncHttpClient, SyncJail } from '../sync-http.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncResponse } from '../sync-response.ts';
import { type Asker, readOptions } from './options.ts';
import { downloading, fetching, sending, streaming } from './requests.ts';

/** Hosts of a jail or of `allow=`: one argument each, or one list. */
function hostsOf(args: readonly Value[]): string[] {
  const list = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
  return list.map((host) => textOf(host, 'host'));
}

/** What `.http` of a net is made of. */
export interface HttpClasses {
  /** The class at a URL of the client; each `.new` makes a client of the user's own net. */
  clientAt(url: string): ClassValue;
  /** The value of `.http` for a net. */
  http(net: SyncNet): Value;
}

/** The classes, around the net of the role `user`; `userNet` raises where there is none. */
export function httpClasses(asker: Asker, userNet: (url: string) => SyncNet): HttpClasses {
  const jail = defineClass<SyncJail>({
    url: 'puck.uno/http/jail',
    methods: { fetch: fetching(asker, (jailed, url, options) => jailed.fetch(url, options)) },
  });
  const clientAt = (url: string): ClassValue =>
    defineClass<SyncHttpClient>({
      url,
      requiresNet: true,
      construct: {
        params: ['options?'],
        named: 'any',
        run: ([options], call) => newClient(asker, userNet(url), options, call),
      },
      methods: clientMethods(asker, jail),
    });
  const client = clientAt('puck.uno/http/client');
  const factory = defineClass<SyncNet>({
    url: 'puck.uno/http/clients',
    methods: {
      new: {
        params: ['options?'],
        named: 'any',
        run: (net, [options], call) => makeObject(client, newClient(asker, net, options, call)),
      },
      jail: {
        params: ['*hosts'],
        run: (net, hosts, call) =>
          makeObject(
            jail,
            asker.ask({}, call, () => net.http.client.jail(...hostsOf(hosts))),
          ),
      },
    },
  });
  const namespace = defineClass<SyncNet>({
    url: 'puck.uno/http',
    methods: { client: (net) => makeObject(factory, net) },
  });
  return {
    clientAt: (url) => (url === client.url ? client : clientAt(url)),
    http: (net) => makeObject(namespace, net),
  };
}

function clientMethods(asker: Asker, jail: ClassValue) {
  const fetches = (run: (client: SyncHttpClient, url: string, options: RawOptions) => SyncResponse) =>
    fetching<SyncHttpClient>(asker, run);
  return {
    fetch: fetches((client, url, options) => client.fetch(url, options)),
    get: fetches((client, url, options) => client.get(url, options)),
    head: fetches((client, url, options) => client.head(url, options)),
    options: fetches((client, url, options) => client.options(url, options)),
    delete: fetches((client, url, options) => client.delete(url, options)),
    post: sending(asker, (client, url, body, options) => client.post(url, body, options)),
    put: sending(asker, (client, url, body, options) => client.put(url, body, options)),
    patch: sending(asker, (client, url, body, options) => client.patch(url, body, options)),
    stream: streaming(asker),
    download: downloading(asker),
    'allow=': {
      params: ['hosts'],
      run: (client: SyncHttpClient, [hosts]: readonly Value[]) => {
        if (!Array.isArray(hosts)) throw new ArgumentError('allow must be a list of hosts');
        client.allow = hostsOf([hosts]);
        return hosts;
      },
    },
    jail: {
      params: ['*hosts'],
      run: (client: SyncHttpClient, hosts: readonly Value[]) => makeObject(jail, client.jail(...hostsOf(hosts))),
    },
    close: {
      run: (client: SyncHttpClient) => {
        client.close();
        return null;
      },
    },
  };
}

function newClient(asker: Asker, net: SyncNet, options: Value | undefined, call: Call): SyncHttpClient {
  return asker.ask({}, call, () => net.http.client.new(readOptions(options, call, 'client')));
}
