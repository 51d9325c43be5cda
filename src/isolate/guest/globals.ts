/** What other files of the prelude, and packages, take from the global object while they load. Powerless; the first. */
import { TextDecoder, TextEncoder } from 'caspian:encoding';

Object.assign(globalThis, { TextDecoder, TextEncoder });

/** webidl-conversions asks for it while it loads, and a snapshot is made where there is none. main.ts takes it away. */
class StandIn {
  get byteLength(): number {
    throw new TypeError('there is no shared memory');
  }

  get growable(): boolean {
    throw new TypeError('there is no shared memory');
  }
}

Object.assign(globalThis, { SharedArrayBuffer: StandIn });
