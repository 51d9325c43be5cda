/**
 * A response as it crosses to a script: small bodies with the headers, others through a ring or by calls. Trusted side.
 */
import type { WireValue } from '../../wire/codec.ts';
import type { ResponseRecord } from '../../wire/records.ts';
import type { HttpResponse } from '../http/response.ts';
import { BodyStream } from './body-stream.ts';
import type { LinkSession } from './session.ts';

/** A body up to this size crosses with the headers. */
export const INLINE_BYTES = 49_152;

export async function answerResponse(session: LinkSession, pending: Promise<HttpResponse>): Promise<WireValue> {
  const response = await pending;
  return responseRecord(session, response, await inlineBody(response));
}

/** `body`: as far as it crosses with the headers. `over`: called once a body that does not is given back. */
export function responseRecord(
  session: LinkSession,
  response: HttpResponse,
  body: Uint8Array | null,
  over: () => void = () => {},
) {
  const kept = body === null ? keepBody(session, response, over) : null;
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

/** The body, if it is here already or is small and of a stated length; null if it is to come through a ring. */
async function inlineBody(response: HttpResponse): Promise<Uint8Array | null> {
  const complete = response.takeComplete();
  if (complete !== null) return complete;
  const length = response.expectedLength;
  return length !== null && length <= INLINE_BYTES ? await response.readAll() : null;
}

function keepBody(session: LinkSession, response: HttpResponse, over: () => void) {
  const body = new BodyStream(response, session.rings, session.bump);
  const release = (): void => {
    body.close();
    over();
  };
  return { body, handle: session.keep('body', body, release) };
}
