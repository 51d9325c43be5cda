/**
 * The shared words of one link between a script's thread and the kernel. Crosses: both sides read this page.
 * The script's side is hostile to the kernel: it can write any word at any time. The kernel reads each word once,
 * checks it, and keeps its own copy of whatever it relies on.
 *
 * Each hot word has a 64-byte line of its own, so that the two threads do not fight over one cache line.
 * Only one call is under way on a link (the script's thread blocks on it), hence one request line and one reply line.
 */

/** Int32 words on a cache line. */
const LINE = 16;

/** Bumped by the kernel whenever something happened that the script may wait for. The only word the script waits on. */
export const EVENT = 0 * LINE;
/** 1 while the script sleeps on EVENT: only then does the kernel pay for a notify. Written by the script. */
export const SLEEPING = 1 * LINE;
/** 1 while the script waits for what a socket receives, and so asks for nothing. Set by the script, cleared by both. */
export const RECEIVING = SLEEPING + 1;
/** 1 while the kernel polls this link; 0 when the script must post a message to wake it. Written by both. */
export const AWAKE = 2 * LINE;
/** The request: its number, written last; then operation, handle, length of the piece in the mailbox, and whether more pieces follow. */
export const REQUEST = 3 * LINE;
export const REQUEST_OPERATION = REQUEST + 1;
export const REQUEST_HANDLE = REQUEST + 2;
export const REQUEST_LENGTH = REQUEST + 3;
export const REQUEST_MORE = REQUEST + 4;
/** The reply: the number of the request it answers, written last; then its status, the length of the piece, and the whole length. */
export const REPLY = 4 * LINE;
export const REPLY_STATUS = REPLY + 1;
export const REPLY_LENGTH = REPLY + 2;
export const REPLY_TOTAL = REPLY + 3;
/** The kernel's heartbeat while a call is pending; `CLOSED` once the link is closed. */
export const PULSE = 5 * LINE;
/** Which sockets the script has rung for: see slots.ts. Written by both. */
export const BELLS = 6 * LINE;

/** What PULSE holds after the kernel has closed the link. */
export const CLOSED = -1;

/** Bytes of the control words before the mailbox. */
const CONTROL_BYTES = 7 * LINE * 4;

/** Bytes of the mailbox: one piece of a request or a reply. 64 KiB holds nearly every call whole. */
export const MAILBOX_BYTES = 65_536;

/** The smallest mailbox that the tests run the bridge with. */
export const SMALLEST_MAILBOX_BYTES = 64;

/** Most bytes of one call's arguments after all pieces are put together. */
export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Most bytes of one reply: the 1 GiB that a single read may ask for, and 64 KiB for the rest of an answer. */
export const MAX_REPLY_BYTES = 1_073_807_360;

/** How a reply is to be read. */
export const Status = Object.freeze({
  /** The payload is the encoded result. */
  OK: 0,
  /** The payload is an encoded error record. */
  ERROR: 1,
  /** Send the next piece of the arguments. */
  CONTINUE: 2,
});

/** Operation number that asks for the next piece of the reply at hand. */
export const NEXT_PIECE = 0;

/** The two views of a link's shared memory. */
export interface LinkMemory {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly mailbox: Uint8Array<SharedArrayBuffer>;
}

/** Shared memory for one link, all words zero. `mailboxBytes` from SMALLEST_MAILBOX_BYTES up. */
export function createLinkBuffer(mailboxBytes: number = MAILBOX_BYTES): SharedArrayBuffer {
  if (!Number.isInteger(mailboxBytes) || mailboxBytes < SMALLEST_MAILBOX_BYTES) {
    throw new RangeError(`a mailbox has at least ${SMALLEST_MAILBOX_BYTES} bytes, not ${mailboxBytes}`);
  }
  return new SharedArrayBuffer(CONTROL_BYTES + mailboxBytes);
}

/** The views over memory made by `createLinkBuffer`. */
export function viewLink(buffer: SharedArrayBuffer): LinkMemory {
  if (buffer.byteLength < CONTROL_BYTES + SMALLEST_MAILBOX_BYTES) throw new RangeError('this is no memory of a link');
  return {
    words: new Int32Array(buffer, 0, CONTROL_BYTES / 4),
    mailbox: new Uint8Array(buffer, CONTROL_BYTES),
  };
}
