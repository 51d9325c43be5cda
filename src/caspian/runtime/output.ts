/**
 * What a script prints, gathered into batches: each hand-over to the host is a system call. Powerless side.
 * Flushed at 8 KiB, before anything that blocks, before stderr is written, and at the end.
 */
import type { RuntimeHost } from '../host.ts';
import { Alarm, OUTPUT_LIMIT } from './errors.ts';
import { charge } from './memory.ts';
import { joinParts } from './operators.ts';

const BATCH = 8192;
/** Below this much room, text is encoded aside: a character takes at most three bytes a unit. */
const UTF8_WORST = 3;

export class Output {
  readonly #host: RuntimeHost;
  readonly #limit: number;
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(BATCH);
  #used = 0;
  #written = 0;
  #captures: Uint8Array[][] = [];

  constructor(host: RuntimeHost, limit: number) {
    this.#host = host;
    this.#limit = limit;
  }

  text(text: string): void {
    if (this.#captures.length === 0 && text.length * UTF8_WORST <= BATCH - this.#used) {
      const { written } = this.#encoder.encodeInto(text, this.#buffer.subarray(this.#used));
      this.count(written);
      this.#used += written;
    } else {
      this.bytes(this.#encoder.encode(text));
    }
  }

  bytes(bytes: Uint8Array): void {
    const capture = this.#captures.at(-1);
    this.count(bytes.length);
    if (capture !== undefined) {
      charge(bytes.length);
      capture.push(bytes);
      return;
    }
    if (bytes.length > BATCH - this.#used) this.flush();
    if (bytes.length >= BATCH) {
      this.#host.write('stdout', bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  error(bytes: Uint8Array): void {
    this.flush();
    this.count(bytes.length);
    this.#host.write('stderr', bytes);
  }

  flush(): void {
    if (this.#used === 0) return;
    const batch = this.#buffer.slice(0, this.#used);
    this.#used = 0;
    this.#host.write('stdout', batch);
  }

  /** What is printed from here on is kept until `endCapture`. */
  beginCapture(): void {
    this.#captures.push([]);
  }

  endCapture(): Uint8Array {
    return joinParts(this.#captures.pop() ?? []);
  }

  /** Counts against the limit. */
  count(bytes: number): void {
    this.#written += bytes;
    if (this.#written > this.#limit) throw new Alarm(OUTPUT_LIMIT, `more than ${this.#limit} bytes of output`);
  }
}
