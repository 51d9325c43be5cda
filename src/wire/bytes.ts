/**
 * Bytes that values are written into and read out of, whatever their form. Crosses. What is read is hostile: nothing is
 * taken that is not there, and the parts of a value are counted. Numbers are little-endian; lengths have 32 bits.
 */
import { WireViolation } from './violation.ts';

const FIRST_BYTES = 4_096;
/** One large value must not hold its memory for good. */
const KEPT_BYTES = 1_048_576;

/** A buffer that grows and is used again. */
export class ByteWriter {
  protected buffer: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BYTES);
  protected view: DataView<ArrayBuffer> = new DataView(this.buffer.buffer);
  protected length = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What has been written since it was cleared: a view, not a copy. */
  protected get written(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  protected clear(): void {
    this.length = 0;
    if (this.buffer.length > KEPT_BYTES) this.#allocate(FIRST_BYTES);
  }

  /** The error for a value that is too large. */
  protected refuse(message: string): Error {
    return new WireViolation(message);
  }

  protected reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    if (needed > this.#maxBytes) throw this.refuse(`the value has more than ${this.#maxBytes} bytes`);
    const old = this.buffer;
    this.#allocate(Math.min(this.#maxBytes, Math.max(needed, old.length * 2)));
    this.buffer.set(old.subarray(0, this.length));
  }

  protected tag(tag: number): void {
    this.reserve(1);
    this.buffer[this.length++] = tag;
  }

  protected count(tag: number, count: number): void {
    this.reserve(5);
    this.buffer[this.length] = tag;
    this.view.setUint32(this.length + 1, count, true);
    this.length += 5;
  }

  /** As an integer of 32 bits if it is one. */
  protected number(value: number, integerTag: number, doubleTag: number): void {
    this.reserve(9);
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.buffer[this.length] = integerTag;
      this.view.setInt32(this.length + 1, value, true);
      this.length += 5;
    } else {
      this.buffer[this.length] = doubleTag;
      this.view.setFloat64(this.length + 1, value, true);
      this.length += 9;
    }
  }

  protected raw(tag: number, value: Uint8Array): void {
    this.count(tag, value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  #allocate(size: number): void {
    this.buffer = new Uint8Array(size);
    this.view = new DataView(this.buffer.buffer);
  }
}

/** Reads private bytes from their beginning to their end. Throws nothing but WireViolation. */
export class ByteReader {
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;
  protected at = 0;
  readonly #maxParts: number;
  #parts = 0;

  constructor(bytes: Uint8Array, maxParts: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#maxParts = maxParts;
  }

  more(): boolean {
    return this.at < this.bytes.length;
  }

  finish(): void {
    if (this.more()) throw new WireViolation('bytes are left over after the value');
  }

  /** One more part of the value, or `count`: bounds the work that a small message can ask for. */
  protected part(count = 1): void {
    this.#parts += count;
    if (this.#parts > this.#maxParts) throw new WireViolation(`the value has more than ${this.#maxParts} parts`);
  }

  /** The offset of the next `size` bytes, which are there. */
  protected take(size: number): number {
    const start = this.at;
    if (size > this.bytes.length - start) throw new WireViolation('the value ends too early');
    this.at = start + size;
    return start;
  }

  /** The next byte. */
  protected byte(): number {
    return this.bytes[this.take(1)] ?? 0;
  }

  /** A length or a count: 32 bits. */
  protected size(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** The bytes behind their length: a view. */
  protected rawView(): Uint8Array {
    const size = this.size();
    const start = this.take(size);
    return this.bytes.subarray(start, start + size);
  }
}
