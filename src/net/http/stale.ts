/**
 * A name that both sides of undici need without loading it. Trusted side.
 */

/** The code of a request that was never sent, because its connection had gone before. */
export const STALE = 'CASPIAN_STALE';
