/**
 * `puck.uno/http/response`: what `fetch` answers with. Powerless; read-only. Reference: spec/surface.md.
 */
import { defineClass, fromPlain, makeObject, textOf, type Value } from '../../caspian/native.ts';
import type { SyncResponse } from '../sync-response.ts';
import { blocking } from './options.ts';

export const RESPONSE = defineClass<SyncResponse>({
  url: 'puck.uno/http/response',
  methods: {
    status: (response) => response.status,
    reason: (response) => response.reason,
    'ok?': (response) => response.ok,
    headers: (response) => fromPlain(response.headers),
    header: { params: ['name'], run: (response, [name]) => response.header(textOf(name, 'name')) },
    header_all: { params: ['name'], run: (response, [name]) => response.headerAll(textOf(name, 'name')) },
    body: { blocking: true, run: (response, _args, call) => blocking({}, call, () => fromPlain(response.bytes())) },
    text: { blocking: true, run: (response, _args, call) => blocking({}, call, () => response.text()) },
    json: { blocking: true, run: (response, _args, call) => blocking({}, call, () => fromPlain(response.json())) },
    trailers: (response) => fromPlain(response.trailers),
    url: (response) => response.url,
    redirect_chain: (response) => [...response.redirectChain],
    http_version: (response) => response.httpVersion,
    elapsed: (response) => response.elapsed,
    'from_cache?': (response) => response.fromCache,
    raise_for_status: {
      run: (response, _args, _call, self) => {
        response.raiseForStatus();
        return self;
      },
    },
  },
});

export function makeResponse(response: SyncResponse): Value {
  return makeObject(RESPONSE, response);
}
