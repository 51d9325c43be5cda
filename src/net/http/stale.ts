/**
 * What both sides of undici need without loading it. Trusted side.
 */

/** The code of a request that went over no connection, or is to go over none any more, because that had gone before. */
export const STALE = 'CASPIAN_STALE';

/** What it fails with. */
export function staleError(): Error {
  return Object.assign(new Error('the connection has been closed'), { code: STALE });
}
