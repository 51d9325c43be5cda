/**
 * What the code inside an isolate can ask of the process that it lives in, through the one function that it is given.
 * Crosses: the guest's glue calls, the child process answers. Guests' own code never holds that function.
 */
export const Bridge = Object.freeze({
  /** A batch for the host; nothing comes back. */
  POST: 1,
  /** A batch for the host; comes back when the host has caught up. */
  POST_AND_WAIT: 2,
  /** A call to the network: bytes there, bytes back when it is done. */
  CALL: 3,
  /** Wake me in so many milliseconds; below 0: not at all. */
  WAKE: 4,
  /** So many random bytes. */
  RANDOM: 5,
  /** [id, method, arguments] for WebCrypto, as a message; the answer is delivered. */
  CRYPTO: 6,
  /** The source of a table that few guests need. */
  TABLE: 7,
});

/**
 * Bytes of a post, a call or an answer up to this many cross as a text of a character for each: cheaper than memory that
 * changes hands.
 */
export const SHORT_BYTES = 256;

/** What of WebCrypto's `subtle` a guest can ask for. */
export const CRYPTO_METHODS = Object.freeze([
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'digest',
  'generateKey',
  'deriveKey',
  'deriveBits',
  'importKey',
  'exportKey',
  'wrapKey',
  'unwrapKey',
] as const);

/** A message of the child itself to a guest, beside those of HostSays: [id, well, value] of WebCrypto. */
export const CRYPTO_ANSWER = 100;

/** What a guest has beside the web's APIs: bits of the number that it begins with. */
export const Has = Object.freeze({ NET: 1, CONSOLE: 2 });
