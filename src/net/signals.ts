/**
 * One signal for several. Trusted side, pure.
 */

/**
 * Aborts when one of them does, with its reason; undefined if there is none. A signal alone is itself: to ask it costs less
 * than to ask one that follows it. Where nobody listens and several have aborted before it is asked, Node gives the reason of
 * any of them.
 */
export function anyOf(...signals: readonly [AbortSignal, ...(AbortSignal | undefined)[]]): AbortSignal;
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined;
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const [only, ...more] = signals.filter((signal) => signal !== undefined);
  return only === undefined || more.length === 0 ? only : AbortSignal.any([only, ...more]);
}
