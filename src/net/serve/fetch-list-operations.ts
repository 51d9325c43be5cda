/**
 * The operations of `fetch_all`: its list comes in pieces and its results go in pieces, so that no message of one script
 * holds the loop of all. Trusted side; every argument has passed the guard.
 */
import { CaspianError, TooLargeError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import { MAX_ITEMS, type WireValue } from '../../wire/codec.ts';
import { MAX_REQUESTS, PIECE_REQUESTS, readFetchList, WINDOW_REQUESTS } from '../../wire/fetch-list.ts';
import { WireViolation } from '../../wire/violation.ts';
import { checkWritten } from '../../wire/written-bodies.ts';
import { FetchAll, type FetchAllResult } from '../http/fetch-all.ts';
import type { HttpResponse } from '../http/response.ts';
import { Net } from '../net.ts';
import type { OperationFamily } from './dispatch.ts';
import { INLINE_BYTES, responseRecord } from './response-record.ts';
import type { LinkSession } from './session.ts';

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isList = (thing: object): thing is FetchAll => thing instanceof FetchAll;

/** The one list of requests that each script has under way. */
const underWay = new WeakMap<LinkSession, number>();

/** SECURITY: of several at once each could keep bodies of 256 MiB (test/attacks/fetch-all-pieces.test.ts). */
function keepAlone(session: LinkSession, requests: FetchAll): number {
  const before = underWay.get(session);
  if (before !== undefined) session.handles.release(before);
  const handle = session.keep('fetchList', requests, () => requests.close());
  underWay.set(session, handle);
  return handle;
}

function listOf(session: LinkSession, handle: number): FetchAll {
  return session.handles.get(handle, 'fetchList', isList);
}

/** What is more than an honest script's side sends ends the link. */
function checkRoom({ outstanding, size }: FetchAll, more: number): void {
  if (more <= PIECE_REQUESTS && outstanding + more <= WINDOW_REQUESTS && size + more <= MAX_REQUESTS) return;
  throw new WireViolation('more requests of fetch_all than there may be');
}

/** What a value beside texts and bytes costs at most, once it is read. */
const VALUE_BYTES = 256;

/** What the requests of one message hold: all its bytes, and its lists and records, which may have few bytes each. */
function heldBytes(value: WireValue): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return VALUE_BYTES;
  return Object.values(value).reduce<number>((sum, each) => sum + heldBytes(each ?? null), VALUE_BYTES);
}

/** Of one result, so that fifty of them cross: texts beside the fields that each has, and their characters. */
const MAX_TEXTS = Math.floor(MAX_ITEMS / PIECE_REQUESTS / 2);
const MAX_CHARS = 90_000;

/** SECURITY: else one server's answer takes those of all others with it (test/attacks/fetch-all-answers.test.ts). */
function checkCrosses({ headSize: { texts, chars } }: HttpResponse): void {
  if (texts <= MAX_TEXTS && chars <= MAX_CHARS) return;
  throw new TooLargeError('the headers are larger than fetch_all gives back', { operation: 'fetch_all' });
}

function answerResult(session: LinkSession, result: FetchAllResult): WireValue {
  if (result instanceof CaspianError) return { error: { ...toRecord(result) } };
  let held = result.expectedLength ?? 0;
  const over = (): void => {
    session.bodies.give(held);
    held = 0;
  };
  try {
    checkCrosses(result);
    const body = result.takeComplete();
    if (body === null || body.length > INLINE_BYTES) return responseRecord(session, result, null, over);
    over();
    return responseRecord(session, result, body);
  } catch (error) {
    // That, or no room for another handle.
    over();
    return { error: { ...toRecord(error) } };
  }
}

export const FETCH_LIST_OPERATIONS: OperationFamily = {
  'net.fetchAll': (session, handle, call) => {
    session.handles.checkRoom('fetchList');
    const net = session.handles.get(handle, 'net', isNet);
    // A signal of this call alone is over with it.
    const context = { signal: session.signal, by: call.by(1) };
    return keepAlone(
      session,
      net.openFetchAll(call.record(0), context, { owner: session.owner, kept: session.bodies }),
    );
  },
  'fetchList.add': (session, handle, call) => {
    const requests = listOf(session, handle);
    const list = call.value(0);
    checkRoom(requests, Array.isArray(list) ? list.length : 0);
    const items = readFetchList(list);
    for (const item of items) if (typeof item !== 'string') checkWritten(item);
    const bytes = call.size + heldBytes(list);
    const add = (): null => {
      requests.add(items, bytes);
      return null;
    };
    return requests.roomFor(bytes)?.then(add) ?? add();
  },
  'fetchList.take': async (session, handle, call) => {
    const requests = listOf(session, handle);
    const count = call.integer(0);
    if (count < 0 || count > PIECE_REQUESTS || count > requests.outstanding) {
      throw new WireViolation('more results of fetch_all than there are to come');
    }
    return (await requests.take(count)).map((result) => answerResult(session, result));
  },
};
