/**
 * The limits of what passes between a host and its isolates, as one table. Crosses. Numbers alone: spec/isolates.md
 * lists them.
 */

/** Most bytes of one message, request or answer. */
export const MAX_MESSAGE_BYTES = 16_777_216;
/** Most values in one message, over all its arrays and objects: bounds the work that a small message can ask for. */
export const MAX_MESSAGE_ITEMS = 65_536;
/** Deepest nesting of a message. */
export const MAX_MESSAGE_DEPTH = 512;
/** Most bytes of one frame between the processes: a batch ends with the message that takes it past BATCH_BYTES. */
export const MAX_FRAME_BYTES = 33_554_432;
/** Bytes after which a batch is sent even though its sender is still running. */
export const BATCH_BYTES = 65_536;
/** A guest that has so many posts, or so many bytes of them, unanswered waits until the host has caught up. */
export const MAX_UNANSWERED_POSTS = 256;
export const MAX_UNANSWERED_BYTES = 1_048_576;
/** Most requests of one guest that the host has not answered. */
export const MAX_OPEN_REQUESTS = 10_000;
/** Most guests of one process that may be blocked in calls at once: each holds a thread. */
export const MAX_BLOCKED_GUESTS = 128;
/** Most operations of WebCrypto that one guest asks for at once; the others wait in it. */
export const MAX_CRYPTO = 16;
/** Longest name of an event or a method. */
export const MAX_NAME = 1_024;
