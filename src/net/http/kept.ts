/**
 * The body of a response that a policy has kept: all of it is here, and it can be read again and again. Trusted side.
 */
import { type Incoming, MemorySource } from './body.ts';
import type { RawHeaders } from './undici.ts';

const NO_TRAILERS: RawHeaders = Object.freeze({});

export class KeptBody extends MemorySource implements Incoming {
  readonly complete = true;
  readonly trailers = NO_TRAILERS;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.bytes = bytes;
  }

  takeComplete(): Uint8Array {
    return this.bytes;
  }

  async discard(): Promise<void> {}
}
