/**
 * What asks for responses, whichever object it is a method of: one request, a body in pieces, a download, many at once.
 * Powerless: the kernel decides. Reference: spec/surface.md, "HTTP".
 */

import {
  type Call,
  exceptionOf,
  fromPlain,
  type NativeFunction,
  textOf,
  toPlain,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError, FileNotAllowedError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';
import type { SyncHttpClient } from '../sync-http.ts';
import { closeResponses, type SyncNet } from '../sync-net.ts';
import { SyncResponse } from '../sync-response.ts';
import { type Asker, readHash, readOptions } from './options.ts';
import { makeResponse } from './response.ts';

type Plain = RawOptions[string];

/**
 * A request's options. SECURITY: files are named by the user's own code alone; a library that was handed a net or a client
 * can't send them anywhere (test/attacks/http-file-role.test.ts).
 */
function requestOptions(hash: Value | undefined, call: Call): RawOptions {
  const options = readOptions(hash, call, 'fetch', ['url']);
  if (namesFiles(options)) checkFileRole(call);
  return options;
}

/**
 * `fetch_all`: one list in, responses and exceptions out. Each element is a URL, or a hash of one with its options.
 */
export function fetchingAll(asker: Asker): NativeFunction<SyncNet> {
  return {
    params: ['list'],
    named: 'any',
    blocking: true,
    run: (net, [list], call) => {
      if (!Array.isArray(list)) throw new ArgumentError('fetch_all takes a list of URLs, or of {url:, ...}');
      const items = list.map((item) => (item instanceof Map ? itemOptions(item, call) : textOf(item, 'url')));
      const options = readOptions(undefined, call, 'fetch_all', ['list']);
      const results = asker.ask(options, call, (all) => net.fetchAll(items, all));
      // Its time-out is no error, that of a `%utils.timeout` around it is.
      try {
        call.checkTime();
      } catch (thrown) {
        closeResponses(results);
        throw thrown;
      }
      return results.map((one) => (one instanceof SyncResponse ? makeResponse(one) : exceptionOf(one, call.by)));
    },
  };
}

function itemOptions(item: Value, call: Call): RawOptions {
  const options = readHash(item, 'fetch_all');
  if (namesFiles(options)) checkFileRole(call);
  return options;
}

/** Raises where the calling code is not the user's own. */
function checkFileRole(call: Call): void {
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
export function sending(
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

/** `stream`: the body goes to the block piece by piece. */
export function streaming(asker: Asker): NativeFunction<SyncHttpClient> {
  return {
    params: ['url', 'options?'],
    named: 'any',
    block: 'required',
    blocking: true,
    run: (client, [url, hash], call) => {
      const options = requestOptions(hash, call);
      const give = (chunk: Uint8Array): Value => call.yield(fromPlain(chunk));
      return makeResponse(asker.ask(options, call, (all) => client.stream(textOf(url, 'url'), all, give)));
    },
  };
}

/** `download`: the body goes into a file. */
export function downloading(asker: Asker): NativeFunction<SyncHttpClient> {
  return {
    params: ['url', 'options?'],
    named: 'any',
    blocking: true,
    run: (client, [url, hash], call) => {
      checkFileRole(call);
      const { to, ...options } = requestOptions(hash, call);
      if (typeof to !== 'string') throw new ArgumentError('download: to must be a path');
      return makeResponse(asker.ask(options, call, (all) => client.download(textOf(url, 'url'), { ...all, to })));
    },
  };
}
