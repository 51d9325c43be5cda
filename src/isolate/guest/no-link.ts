/**
 * Stands in the prelude for what needs memory shared with the kernel: a guest has none, so its data comes by calls, and
 * none of this is ever reached. Powerless.
 */

class NoLink {
  constructor() {
    throw new TypeError('an isolate shares no memory with the kernel');
  }
}

/** Of wire/ring.ts. */
function viewRing(): never {
  throw new TypeError('an isolate shares no memory with the kernel');
}

export { NoLink as BodyStream, NoLink as RingReader, NoLink as SocketStream, viewRing };
