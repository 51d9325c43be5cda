/**
 * What DecompressionStream reads (Compression Standard §4): gzip (RFC 1952), zlib (RFC 1950) and raw deflate. Powerless.
 * fflate reads deflate; head, check sum and end are read here, so that data that is cut short, changed or followed by
 * more is an error and never taken for whole.
 */
import { loadTable } from './tables.ts';

/** fflate's Inflate 0.8.3, with what it keeps: whether the last block has ended, and the input that it has not used. */
interface Inflater {
  ondata: ((piece: Uint8Array) => void) | null;
  push(chunk: Uint8Array, final: boolean): void;
  /** `f`: the last block was met; `l`: a block is open; `p`: bits that are used of the first byte of the rest. */
  readonly s: { readonly f?: number; readonly l?: unknown; readonly p?: number };
  readonly p: Uint8Array;
}

/** How a format begins and ends around the deflated data. */
interface Frame {
  /** Length of the head at the beginning of these bytes; null if more of it has to come. Throws for what is none. */
  readonly head: (bytes: Uint8Array) => number | null;
  readonly tailBytes: number;
  /** Takes up a piece of what was read, in order. */
  readonly update: (piece: Uint8Array) => void;
  readonly isTail: (tail: DataView) => boolean;
}

const FRAMES: Readonly<Record<string, () => Frame>> = {
  gzip: () => {
    let crc = -1;
    let size = 0;
    return {
      head: gzipHead,
      tailBytes: 8,
      update: (piece) => {
        crc = crc32(crc, piece);
        size += piece.length;
      },
      isTail: (tail) => tail.getUint32(0, true) === ~crc >>> 0 && tail.getUint32(4, true) === size >>> 0,
    };
  },
  deflate: () => {
    let low = 1;
    let high = 0;
    return {
      head: zlibHead,
      tailBytes: 4,
      update: (piece) => {
        for (const byte of piece) {
          low = (low + byte) % 65_521;
          high = (high + low) % 65_521;
        }
      },
      isTail: (tail) => tail.getUint16(0) === high && tail.getUint16(2) === low,
    };
  },
  'deflate-raw': () => ({ head: () => 0, tailBytes: 0, update: () => {}, isTail: () => true }),
};

const bad = (what: string): TypeError => new TypeError(`the data can not be read in this format: ${what}`);

function gzipHead(bytes: Uint8Array): number | null {
  const [first = 0x1f, second = 0x8b, method = 8, flags = 0] = bytes;
  if (first !== 0x1f || second !== 0x8b || method !== 8 || (flags & 0xe0) !== 0) throw bad('it does not begin as gzip');
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  // A name and a comment, each up to a zero byte.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    at = end + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at <= bytes.length ? at : null;
}

function zlibHead(bytes: Uint8Array): number | null {
  const [method, flags] = bytes;
  if (method === undefined || flags === undefined) return null;
  const isZlib = (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0;
  if (!isZlib || (flags & 0x20) !== 0) throw bad('it does not begin as zlib');
  return 2;
}

let table: Int32Array | null = null;

function crc32(crc: number, bytes: Uint8Array): number {
  table ??= Int32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = (value & 1 ? 0xedb88320 : 0) ^ (value >>> 1);
    return value;
  });
  let sum = crc;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8);
  return sum;
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function isInflater(made: unknown): made is Inflater {
  return typeof made === 'object' && made !== null && 'push' in made && 's' in made && 'p' in made;
}

export class Decompressor {
  readonly #frame: Frame;
  readonly #inflater: Inflater;
  #step: 'head' | 'data' | 'tail' = 'head';
  /** What has come of the head or of the tail. */
  #bytes: Uint8Array = new Uint8Array(0);

  /** Null for a format that there is not. */
  static of(format: string, give: (piece: Uint8Array) => void): Decompressor | null {
    const frame = Object.hasOwn(FRAMES, format) ? FRAMES[format] : undefined;
    return frame === undefined ? null : new Decompressor(frame(), give);
  }

  private constructor(frame: Frame, give: (piece: Uint8Array) => void) {
    this.#frame = frame;
    const { Inflate } = loadTable('compression');
    const made: unknown = typeof Inflate === 'function' ? Reflect.construct(Inflate, []) : null;
    if (!isInflater(made)) throw new TypeError('the codec can not be read');
    made.ondata = (piece) => {
      if (piece.length === 0) return;
      frame.update(piece);
      give(piece);
    };
    this.#inflater = made;
  }

  /** Throws TypeError for what is not of the format. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.#step === 'head') {
      this.#bytes = join(this.#bytes, rest);
      const length = this.#frame.head(this.#bytes);
      if (length === null) return;
      rest = this.#bytes.subarray(length);
      this.#bytes = new Uint8Array(0);
      this.#step = 'data';
    }
    if (this.#step === 'data') rest = this.#inflate(rest, 'more');
    if (this.#step !== 'tail') return;
    this.#bytes = join(this.#bytes, rest);
    if (this.#bytes.length > this.#frame.tailBytes) throw bad('something follows its end');
  }

  /** No more comes. */
  end(): void {
    if (this.#step === 'data') this.#inflate(new Uint8Array(0), 'end');
    if (this.#step !== 'tail' || this.#bytes.length < this.#frame.tailBytes) throw bad('it ends too early');
    const { buffer, byteOffset, byteLength } = this.#bytes;
    if (!this.#frame.isTail(new DataView(buffer, byteOffset, byteLength))) throw bad('its check sum is another');
  }

  /** Gives what lies behind the deflated data, once they have ended. */
  #inflate(chunk: Uint8Array, what: 'more' | 'end'): Uint8Array {
    const inflater = this.#inflater;
    try {
      inflater.push(chunk, what === 'end');
    } catch (cause) {
      throw new TypeError('the data can not be read in this format', { cause });
    }
    const { f: lastBlock, l: open, p: usedBits = 0 } = inflater.s;
    if (!lastBlock || open) return new Uint8Array(0);
    this.#step = 'tail';
    return inflater.p.subarray(usedBits > 0 ? 1 : 0);
  }
}
