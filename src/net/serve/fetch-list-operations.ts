/**
 * The operations of `fetch_all`: its list comes in pieces and its results go in pieces, so that no message of one script
 * holds the loop of all. Trusted side; every argument has passed the guard.
 */
import { CaspianError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import type { WireValue } from '../../wire/codec.ts';
import { MAX_REQUESTS, PIECE_REQUESTS, readFetchList, WINDOW_REQUESTS } from '../../wire/fetch-list.ts';
import { WireViolation } from '../../wire/violation.ts';
import { FetchAll, type FetchAllResult } from '../http/fetch-all.ts';
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

function answerResults(session: LinkSession, results: readonly FetchAllResult[]): WireValue {
  return results.map((result) => {
    if (result instanceof CaspianError) return { error: { ...toRecord(result) } };
    const body = result.takeComplete();
    try {
      return responseRecord(session, result, body !== null && body.length <= INLINE_BYTES ? body : null);
    } catch (error) {
      // No room for another handle.
      return { error: { ...toRecord(error) } };
    }
  });
}

export const FETCH_LIST_OPERATIONS: OperationFamily = {
  'net.fetchAll': (session, handle, call) => {
    session.handles.checkRoom('fetchList');
    const net = session.handles.get(handle, 'net', isNet);
    // A signal of this call alone is over with it; that of `fetchList.take` ends the list.
    return keepAlone(session, net.openFetchAll(call.record(0), { signal: session.signal, by: call.by(1) }));
  },
  'fetchList.add': (session, handle, call) => {
    const requests = listOf(session, handle);
    const list = call.value(0);
    checkRoom(requests, Array.isArray(list) ? list.length : 0);
    requests.add(readFetchList(list));
    return null;
  },
  'fetchList.take': async (session, handle, call) => {
    const requests = listOf(session, handle);
    const count = call.integer(0);
    if (count < 0 || count > PIECE_REQUESTS || count > requests.outstanding) {
      throw new WireViolation('more results of fetch_all than there are to come');
    }
    const end = (): void => requests.close();
    if (call.signal?.aborted === true) end();
    call.signal?.addEventListener('abort', end);
    try {
      return answerResults(session, await requests.take(count));
    } finally {
      call.signal?.removeEventListener('abort', end);
    }
  },
};
