/**
 * Frames: how two processes talk over one pipe. Crosses. A frame is a length, a kind, the guest that it is about, and a
 * payload; several go in one write. What is read is hostile: lengths are checked before anything is kept.
 */
import { WireViolation } from '../../wire/violation.ts';
import { MAX_FRAME_BYTES } from './limits.ts';

/** What the host tells a child process. */
export const ToChild = Object.freeze({
  /** Make a guest; payload: its settings as a message. */
  CREATE: 1,
  /** Messages for a guest, opaque to the child. */
  DELIVER: 2,
  /** Run a source in a guest; payload: a message [id, source, file, how]. */
  RUN: 3,
  /** End a guest. Payload: nothing, or the reason to report. */
  DESTROY: 4,
  /** The answer to a blocking call: u32 call, then the bytes. */
  ANSWER: 5,
  /** The host has taken this many bytes (u32) of a guest's posts. */
  CREDIT: 6,
  /** Are you there? In place of a guest: the number of the question. */
  PING: 7,
  /** The source of a module that was asked for: a message [id, source or null, message]. */
  MODULE: 8,
});

/** What a child process tells the host. */
export const ToHost = Object.freeze({
  /** The process is ready. */
  READY: 1,
  /** A guest is there. */
  CREATED: 2,
  /** Messages of a guest, opaque to the child: its posts that come after one another go together. */
  POST: 3,
  /** A blocking call of a guest: u32 call, then the bytes. */
  CALL: 4,
  /** u32 bytes have been delivered; u32: whether the guest has timers or a task left; u32: the run that has begun, or 0. */
  DELIVERED: 5,
  /** A guest has ended; payload: a message [reason, detail]. */
  ENDED: 6,
  /** A run that could not begin, or what nobody in a guest caught: a message [run or 0, error]. Null: a module is done. */
  FAULT: 7,
  /** Yes. In place of a guest: the number of the question. */
  PONG: 8,
  /** A guest imports a module: a message [id, specifier, referrer]. */
  MODULE: 9,
  /** One more isolate has been made ahead, of this memory (u32): the next guest of that begins in it. */
  SPARE: 10,
});

const HEADER_BYTES = 9;

export interface Frame {
  readonly kind: number;
  readonly guest: number;
  /** Private bytes. */
  readonly payload: Uint8Array;
}

/** Payloads up to this are copied together: cheaper than a piece of each. */
const SMALL_BYTES = 4_096;
const BLOCK_BYTES = 65_536;

/** Collects frames and gives them out as few pieces of bytes. */
export class FrameWriter {
  #parts: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #view = new DataView(this.#block.buffer);
  /** What of the block has been given out, and what has been written. */
  #start = 0;
  #end = 0;

  /** Appends a frame. A large payload is kept, not copied: it must not change any more. */
  add(kind: number, guest: number, ...payload: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of payload) length += part.length;
    if (length > MAX_FRAME_BYTES) throw new WireViolation(`a frame of ${length} bytes is too long`);
    const isSmall = length <= SMALL_BYTES;
    this.#reserve(HEADER_BYTES + (isSmall ? length : 0));
    this.#view.setUint32(this.#end, length, true);
    this.#view.setUint8(this.#end + 4, kind);
    this.#view.setUint32(this.#end + 5, guest, true);
    this.#end += HEADER_BYTES;
    if (isSmall) {
      for (const part of payload) {
        this.#block.set(part, this.#end);
        this.#end += part.length;
      }
      return;
    }
    this.#cut();
    this.#parts.push(...payload);
  }

  /** All frames since the last call. */
  take(): Uint8Array[] {
    this.#cut();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #cut(): void {
    if (this.#end > this.#start) this.#parts.push(this.#block.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  /** What has been given out is not written again: it may be on its way still. */
  #reserve(size: number): void {
    if (this.#end + size <= this.#block.length) return;
    this.#cut();
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#view = new DataView(this.#block.buffer);
    this.#start = 0;
    this.#end = 0;
  }
}

/** Cuts what comes out of a pipe into frames. Throws WireViolation for a length that no frame has. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #size = 0;
  readonly #copy: (chunks: readonly Uint8Array[]) => Uint8Array;

  /** `copy` joins chunks into memory of its own. */
  constructor(copy: (chunks: readonly Uint8Array[]) => Uint8Array) {
    this.#copy = copy;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole frame; null if more bytes are needed. */
  next(): Frame | null {
    if (this.#size < HEADER_BYTES) return null;
    const first = this.#joined(HEADER_BYTES);
    const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
    const length = view.getUint32(0, true);
    if (length > MAX_FRAME_BYTES) throw new WireViolation(`a frame of ${length} bytes is too long`);
    if (this.#size < HEADER_BYTES + length) return null;
    const whole = this.#joined(HEADER_BYTES + length);
    const frame = {
      kind: whole[4] ?? 0,
      guest: new DataView(whole.buffer, whole.byteOffset).getUint32(5, true),
      payload: whole.subarray(HEADER_BYTES, HEADER_BYTES + length),
    };
    this.#drop(HEADER_BYTES + length);
    return frame;
  }

  /** The first chunk, joined with others until it has `size` bytes. */
  #joined(size: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= size) return first;
    const joined = this.#copy(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #drop(size: number): void {
    const [first] = this.#chunks;
    this.#size -= size;
    if (first === undefined || first.length === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
  }
}

/** Two numbers as a payload. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  return bytes;
}

/** The number at a place of a payload. Throws WireViolation if it is not there. */
export function wordAt(payload: Uint8Array, index: number): number {
  if (payload.length < index * 4 + 4) throw new WireViolation('a frame ends too early');
  return new DataView(payload.buffer, payload.byteOffset).getUint32(index * 4, true);
}
