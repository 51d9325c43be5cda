/**
 * `puck.uno/http/client`, its jail, and `.http`. Powerless: the client itself lives in the kernel. Reference:
 * spec/surface.md, "HTTP client".
 */

import {
  type Call,
  type ClassValue,
  defineClass,
  makeObject,
  type NativeFunction,
  textOf,
  toPlain,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError, FileNotAllowedError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';
import type { SyncHttpClient, SyncJail } from '../sync-http.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncResponse } from '../sync-response.ts';
import { type Asker, readOptions } from './options.ts';
import { makeResponse } from './response.ts';

/**
 * A request's options. SECURITY: files are named by the user's own code alone; a library that was handed a net or a client
 * can't send them anywhere (test/attacks/http-file-role.test.ts).
 */
export function requestOptions(hash: Value | undefined, call: Call): RawOptions {
  const options = readOptions(hash, call, 'fetch', ['url']);
  if (namesFiles(options)) checkFileRole(call);
  return options;
}

/** Raises where the calling code is not the user's own. */
export function checkFileRole(call: Call): void {
  if (call.by.role !== 'user') throw new FileNotAllowedError('files are named by the code of the role user alone');
}

function namesFiles({ bodyFile, bodyMultipart }: RawOptions): boolean {
  return bodyFile !== undefined || hasKey(bodyMultipart, 'file', 0);
}

/** Whether a part of a form, or of a list in one, names a file. */
function hasKey(value: Plain | undefined, key: string, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth > 2) return false;
  if (Array.isArray(value)) return value.some((item) => hasKey(item, key, depth + 1));
  return Object.entries(value).some(([name, item]) => (name === key && depth > 0) || hasKey(item, key, depth + 1));
}

/** A method that takes a URL and options and answers with a response. */
export function fetching<T>(
  asker: Asker,
  run: (state: T, url: string, options: RawOptions) => SyncResponse,
): NativeFunction<T> {
  return {
    params: ['url', 'options?'],
    named: 'any',
    blocking: true,
    run: (state, [url, hash], call) => {
      const options = requestOptions(hash, call);
      return makeResponse(asker.ask(options, call, (all) => run(state, textOf(url, 'url'), all)));
    },
  };
}

/** A method that takes a URL, a body and options. */
function sending(
  asker: Asker,
  run: (client: SyncHttpClient, url: string, body: Plain, options: RawOptions) => SyncResponse,
): NativeFunction<SyncHttpClient> {
  return {
    params: ['url', 'body?', 'options?'],
    named: 'any',
    blocking: true,
    run: (client, [url, given, hash], call) => {
      const { body: keyword, ...options } = requestOptions(hash, call);
      const body = given === undefined ? keyword : toPlain(given, 'body');
      return makeResponse(asker.ask(options, call, (all) => run(client, textOf(url, 'url'), body, all)));
    },
  };
}

type Plain = RawOptions[string];

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
