/**
 * What bounds one call: what the caller asked for, within what the policy allows. Trusted side, pure.
 */
import { TooLargeError } from '../../errors/classes.ts';
import type { OpeningBounds, SocketCall } from '../../net/http/policy.ts';
import type { CallBounds, RequestPlan } from '../../net/http/request.ts';
import { callTime } from '../deadline.ts';
import type { Entry } from '../policy/entry.ts';
import type { Settings } from '../settings.ts';

export interface BoundsAsk {
  readonly settings: Settings;
  /** The entry that lets the request pass, if one does. */
  readonly entry: Entry | null;
  /** By the kernel's clock; null where the host gave none. */
  readonly deadlineAt: number | null;
  readonly now: number;
}

/** Raises BudgetExhaustedError where too little is left of the deadline, TooLargeError for a body that is too large already. */
export function callBounds(plan: RequestPlan, { settings, entry, deadlineAt, now }: BoundsAsk): CallBounds {
  const { bounds, body, timeoutIsDefault } = plan;
  const { max_request_body } = settings;
  const asked = timeoutIsDefault ? undefined : bounds.timeout;
  const time = callTime(settings, { operation: 'fetch', asked, entry: entry?.timeout ?? null, deadlineAt, now });
  if (body instanceof Uint8Array && body.length > max_request_body) {
    throw new TooLargeError(`the request's body is larger than ${max_request_body} bytes`, { operation: 'fetch' });
  }
  return {
    timeout: time / 1_000,
    headersTimeout: Math.min(bounds.headersTimeout ?? Number.POSITIVE_INFINITY, settings.headers_timeout / 1_000),
    connectTimeout: Math.min(bounds.connectTimeout ?? Number.POSITIVE_INFINITY, settings.connect_timeout / 1_000),
    maxRedirects: Math.min(bounds.maxRedirects, settings.max_redirects),
    maxUpload: max_request_body,
    maxHeaders: settings.max_headers,
    retry: { retries: Math.min(bounds.retry.retries, settings.retries), unsafe: bounds.retry.unsafe },
    // An entry may allow more than the setting; a caller may only ask for less.
    maxBody: Math.min(bounds.maxBody ?? Number.POSITIVE_INFINITY, entry?.maxResponse ?? settings.max_response_body),
  };
}

/** The same for the opening of a WebSocket. Raises BudgetExhaustedError, and TooLargeError for headers that are too large. */
export function openingBounds(
  { timeout, connectTimeout, headerBytes }: SocketCall,
  { settings, deadlineAt, now }: Omit<BoundsAsk, 'entry'>,
): OpeningBounds {
  const { max_headers, connect_timeout } = settings;
  if (headerBytes > max_headers) {
    throw new TooLargeError(`the request's headers are larger than ${max_headers} bytes`, { operation: 'web_socket' });
  }
  return {
    timeout: callTime(settings, { operation: 'web_socket', asked: timeout, entry: null, deadlineAt, now }) / 1_000,
    connectTimeout: Math.min(connectTimeout ?? Number.POSITIVE_INFINITY, connect_timeout / 1_000),
  };
}
