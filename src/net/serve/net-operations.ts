/**
 * The operations of a net, of an HTTP client and of a body. Trusted side; every argument has passed the guard, and the
 * net decides what is allowed.
 */
import { ArgumentError, CaspianError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import type { WireValue } from '../../wire/codec.ts';
import { BATCH_REQUESTS } from '../../wire/fetch-list.ts';
import type { ResponseRecord } from '../../wire/records.ts';
import { WireViolation } from '../../wire/violation.ts';
import type { RecordShapes, RecordType } from '../dial/records.ts';
import { HttpClient, type HttpJail } from '../http/client.ts';
import type { HttpResponse } from '../http/response.ts';
import { checkRecordType, Net } from '../net.ts';
import { BodyStream } from './body-stream.ts';
import type { OperationFamily } from './dispatch.ts';
import type { Call } from './guard.ts';
import { select } from './select.ts';
import type { LinkSession } from './session.ts';

/** A body up to this size crosses with the headers. */
const INLINE_BYTES = 49_152;

/** A client, or a client's jail: what `client.fetch` goes to. */
class ClientHandle {
  readonly fetcher: HttpClient | HttpJail;

  constructor(fetcher: HttpClient | HttpJail) {
    this.fetcher = fetcher;
  }

  /** The client itself; a jail is none, and no honest script asks it for more than `fetch`. */
  get client(): HttpClient {
    return this.fetcher instanceof HttpClient ? this.fetcher : notAClient();
  }
}

function notAClient(): never {
  throw new TypeError('a jail answers fetch alone');
}

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isClient = (thing: object): thing is ClientHandle => thing instanceof ClientHandle;
const isBody = (thing: object): thing is BodyStream => thing instanceof BodyStream;

function netOf(session: LinkSession, handle: number): Net {
  return session.handles.get(handle, 'net', isNet);
}

function clientOf(session: LinkSession, handle: number): ClientHandle {
  return session.handles.get(handle, 'client', isClient);
}

function bodyOf(session: LinkSession, handle: number): BodyStream {
  return session.handles.get(handle, 'body', isBody);
}

function contextOf(session: LinkSession, call: Call, index: number) {
  return { signal: call.signal ?? session.signal, by: call.by(index) };
}

function keepClient(session: LinkSession, fetcher: HttpClient | HttpJail): number {
  return session.keep('client', new ClientHandle(fetcher), () => {});
}

async function answerResponse(session: LinkSession, pending: Promise<HttpResponse>): Promise<WireValue> {
  const response = await pending;
  return responseRecord(session, response, await inlineBody(response));
}

/** `body`: as far as it crosses with the headers. */
function responseRecord(session: LinkSession, response: HttpResponse, body: Uint8Array | null) {
  const kept = body === null ? keepBody(session, response) : null;
  return {
    status: response.status,
    reason: response.reason,
    headers: response.headerLines(),
    url: response.url,
    redirectChain: response.redirectChain,
    httpVersion: response.httpVersion,
    elapsed: response.elapsed,
    fromCache: response.fromCache,
    trailers: body === null ? [] : response.trailerLines(),
    body,
    bodyHandle: kept?.handle ?? null,
    bodyRing: kept?.body.tryOpen() ?? null,
    bodyLength: kept?.body.length ?? null,
  } satisfies ResponseRecord;
}

/** Bodies that were read already cross with the headers up to this size together; the rest as other bodies do. */
const INLINE_TOGETHER = 16_777_216;

async function answerAll(
  session: LinkSession,
  pending: Promise<readonly (HttpResponse | CaspianError)[]>,
): Promise<WireValue> {
  let room = INLINE_TOGETHER;
  return (await pending).map((result) => {
    if (result instanceof CaspianError) return { error: { ...toRecord(result) } };
    const body = result.takeComplete();
    const crosses = body !== null && body.length <= INLINE_BYTES && body.length <= room;
    if (crosses) room -= body.length;
    try {
      return responseRecord(session, result, crosses ? body : null);
    } catch (error) {
      // No room for another handle.
      return { error: { ...toRecord(error) } };
    }
  });
}

/** The body, if it is here already or is small and of a stated length; null if it is to come through a ring. */
async function inlineBody(response: HttpResponse): Promise<Uint8Array | null> {
  const complete = response.takeComplete();
  if (complete !== null) return complete;
  const length = response.expectedLength;
  return length !== null && length <= INLINE_BYTES ? await response.readAll() : null;
}

function keepBody(session: LinkSession, response: HttpResponse) {
  const body = new BodyStream(response, session.rings, session.bump);
  return { body, handle: session.keep('body', body, () => body.close()) };
}

/** Records of a name as plain data. */
function wireRecords(records: readonly RecordShapes[RecordType][]): WireValue {
  return records.map((record) => (typeof record === 'string' ? record : { ...record }));
}

const NOTHING = new Uint8Array(0);

export const NET_OPERATIONS: OperationFamily = {
  'net.fetch': (session, handle, call) => {
    session.handles.checkRoom('body');
    const net = netOf(session, handle);
    return answerResponse(session, net.fetch(call.text(0), call.record(1), contextOf(session, call, 2)));
  },
  'net.fetchAll': (session, handle, call) => {
    const { by, signal } = contextOf(session, call, 2);
    const given = call.value(0);
    const list = Array.isArray(given) ? given : [null];
    if (list.length > BATCH_REQUESTS) throw new WireViolation('a batch of fetch_all is longer than one may be');
    return answerAll(session, netOf(session, handle).fetchAll(list, call.record(1), { by, signal }));
  },
  'net.client': (session, handle, call) => keepClient(session, netOf(session, handle).http.client.new(call.record(0))),
  'net.resolve': async (session, handle, call) =>
    wireRecords(
      await netOf(session, handle).resolve(
        call.text(0),
        checkRecordType(call.optionalText(1)),
        call.record(2),
        contextOf(session, call, 3),
      ),
    ),
  'net.reverseResolve': (session, handle, call) =>
    netOf(session, handle).reverseResolve(call.text(0), call.record(1), contextOf(session, call, 2)),
  'net.select': select,
  'net.narrow': (session, handle, call) => {
    const narrowed = netOf(session, handle).narrow(call.texts(0), call.record(1));
    return session.keep('net', narrowed, () => {});
  },
  'net.revoke': (session, handle, call) => {
    netOf(session, handle).revoke(netOf(session, call.integer(0)));
    return null;
  },
  'net.allowed': (session, handle, call) => netOf(session, handle).allowed(call.text(0), call.integer(1)),
  'net.listenAllowed': (session, handle, call) => netOf(session, handle).listenAllowed(call.text(0), call.integer(1)),
  'net.grants': (session, handle, call) => ({ ...netOf(session, handle).describe(call.by(0)) }),
  'client.fetch': (session, handle, call) => {
    session.handles.checkRoom('body');
    const { fetcher } = clientOf(session, handle);
    return answerResponse(session, fetcher.fetch(call.text(0), call.record(1), contextOf(session, call, 2)));
  },
  'client.stream': async (session, handle, call) => {
    session.handles.checkRoom('body');
    const { fetcher } = clientOf(session, handle);
    const response = await fetcher.fetch(call.text(0), call.record(1), contextOf(session, call, 2));
    return responseRecord(session, response, response.takeComplete());
  },
  'client.download': async (session, handle, call) => {
    const { to, ...options } = call.record(1);
    const { client } = clientOf(session, handle);
    if (typeof to !== 'string') throw new ArgumentError('download: to must be a path');
    const response = await client.download(call.text(0), { ...options, to }, contextOf(session, call, 2));
    return responseRecord(session, response, NOTHING);
  },
  'client.allow': (session, handle, call) => {
    clientOf(session, handle).client.allow = call.texts(0);
    return null;
  },
  'client.jail': (session, handle, call) =>
    keepClient(session, clientOf(session, handle).client.jail(...call.texts(0))),
  'body.open': (session, handle) => bodyOf(session, handle).open(),
  'body.finish': (session, handle) => {
    const body = bodyOf(session, handle);
    try {
      return body.finish();
    } finally {
      session.handles.release(handle);
    }
  },
  'body.read': (session, handle, call) => bodyOf(session, handle).read(call.integer(0)),
  'body.resume': (session, handle) => {
    bodyOf(session, handle).resume();
    return null;
  },
};
