/** Blob, File and FileReader (File API). Powerless: the bytes are the guest's own. */
import { ReadableStream } from 'caspian:packages';
import { DOMException } from './dom-exception.ts';
import { asText, TextDecoder, TextEncoder, toBase64 } from './encoding.ts';
import { ProgressEvent } from './event-kinds.ts';
import { EventTarget, fire, handlerAttributes } from './events.ts';
import { attributes, constants, dictionary, domString, hold, illegal, NONE } from './interface.ts';
import { setTimer } from './timers.ts';

type BlobPart = string | ArrayBuffer | ArrayBufferView | Blob;

const contents = new WeakMap<Blob, Uint8Array<ArrayBuffer>>();

/** The bytes of a blob: a view, not a copy. */
export function bytesOf(blob: Blob): Uint8Array<ArrayBuffer> {
  const found = contents.get(blob);
  if (found === undefined) throw illegal();
  return found;
}

function partBytes(part: unknown): Uint8Array {
  if (part instanceof Blob) return bytesOf(part);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  return new TextEncoder().encode(domString(part));
}

function isBytes(part: unknown): boolean {
  return part instanceof Blob || part instanceof ArrayBuffer || ArrayBuffer.isView(part);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function cleanType(type: unknown): string {
  const text = type === undefined ? '' : domString(type);
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase();
}

export class Blob {
  readonly #type: string;

  constructor(parts: Iterable<BlobPart> = [], options: { readonly type?: string; readonly endings?: string } = NONE) {
    if (typeof parts !== 'object' || parts === null || !(Symbol.iterator in parts)) {
      throw new TypeError('the parts of a Blob must be a list');
    }
    // One after the other, and before the options are looked at: each may run code that changes the list.
    const list: unknown[] = [];
    for (const part of parts) list.push(isBytes(part) ? part : domString(part));
    const { endings = 'transparent', type } = dictionary(options);
    const ending = domString(endings);
    if (ending !== 'native' && ending !== 'transparent') throw new TypeError('endings must be transparent or native');
    const isNative = ending === 'native';
    const bytes = list.map((part) =>
      partBytes(isNative && typeof part === 'string' ? part.replaceAll(/\r\n?/g, '\n') : part),
    );
    contents.set(this, joined(bytes));
    this.#type = cleanType(type);
  }

  get size(): number {
    return bytesOf(this).length;
  }

  get type(): string {
    return this.#type;
  }

  slice(start = 0, end: number = this.size, type = ''): Blob {
    const blob = new Blob([], { type });
    contents.set(blob, bytesOf(this).slice(start, end));
    return blob;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return bytesOf(this).slice().buffer;
  }

  async bytes(): Promise<Uint8Array> {
    return bytesOf(this).slice();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(bytesOf(this));
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = bytesOf(this);
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        const end = Math.min(bytes.length, at + 65_536);
        if (end > at) controller.enqueue(bytes.slice(at, end));
        at = end;
        if (at === bytes.length) controller.close();
      },
    });
  }

  textStream(): ReadableStream<string> {
    return asText(this.stream());
  }
}

/** For structuredClone: the bytes are shared, since nobody can change them. */
export function copyBlob(blob: Blob): Blob {
  const { type } = blob;
  const copy =
    blob instanceof File ? new File([], blob.name, { type, lastModified: blob.lastModified }) : new Blob([], { type });
  contents.set(copy, bytesOf(blob));
  return copy;
}

export class File extends Blob {
  declare readonly name: string;
  declare readonly lastModified: number;

  constructor(
    parts: Iterable<BlobPart>,
    name: string,
    options: { readonly type?: string; readonly endings?: string; readonly lastModified?: number } = NONE,
  ) {
    if (name === undefined) throw new TypeError('a File needs its parts and a name');
    super(parts, options);
    const { lastModified = Date.now() } = dictionary(options);
    hold(this, { name: domString(name).toWellFormed(), lastModified: Math.trunc(Number(lastModified)) || 0 });
  }
}
attributes(File, 'name', 'lastModified');

type ReadAs = 'buffer' | 'text' | 'url' | 'binary';

export class FileReader extends EventTarget {
  #state = 0;
  #result: string | ArrayBuffer | null = null;
  #error: DOMException | null = null;
  #round = 0;

  get readyState(): number {
    return this.#state;
  }

  get result(): string | ArrayBuffer | null {
    return this.#result;
  }

  get error(): DOMException | null {
    return this.#error;
  }

  readAsArrayBuffer(blob: Blob): void {
    this.#read(blob, 'buffer');
  }

  readAsText(blob: Blob, encoding: string | undefined = undefined): void {
    this.#read(blob, 'text', encoding);
  }

  readAsDataURL(blob: Blob): void {
    this.#read(blob, 'url');
  }

  readAsBinaryString(blob: Blob): void {
    this.#read(blob, 'binary');
  }

  abort(): void {
    if (this.#state !== 1) return;
    this.#round += 1;
    this.#state = 2;
    this.#result = null;
    this.#error = new DOMException('the read was aborted', 'AbortError');
    this.#tell('abort');
    this.#tell('loadend');
  }

  #read(blob: Blob, as: ReadAs, encoding = 'utf-8'): void {
    if (!(blob instanceof Blob)) throw new TypeError('FileReader reads a Blob');
    if (this.#state === 1) throw new DOMException('the reader is busy', 'InvalidStateError');
    this.#state = 1;
    this.#result = null;
    this.#error = null;
    const { length } = bytesOf(blob);
    this.#inTurn(
      ++this.#round,
      () => this.#tell('loadstart', 0, length),
      () => {
        if (length > 0) this.#tell('progress', length, length);
      },
      () => {
        this.#result = convert(blob, as, encoding);
        this.#state = 2;
        this.#tell('load', length, length);
      },
      () => this.#tell('loadend', length, length),
    );
  }

  /** Each in a task of its own, so that what awaits an event runs before the next; none once another read has begun. */
  #inTurn(round: number, ...steps: (() => void)[]): void {
    const step = steps.shift();
    if (step === undefined) return;
    setTimer(() => {
      if (round !== this.#round) return;
      step();
      this.#inTurn(round, ...steps);
    }, 0);
  }

  #tell(type: string, loaded = 0, total = 0): void {
    fire(this, new ProgressEvent(type, { lengthComputable: total > 0, loaded, total }));
  }
}
constants(FileReader, { EMPTY: 0, LOADING: 1, DONE: 2 });
handlerAttributes(FileReader, 'loadstart', 'progress', 'load', 'abort', 'error', 'loadend');

function convert(blob: Blob, as: ReadAs, encoding: string): string | ArrayBuffer {
  const bytes = bytesOf(blob);
  if (as === 'buffer') return bytes.slice().buffer;
  if (as === 'url') return `data:${blob.type || 'application/octet-stream'};base64,${toBase64(bytes)}`;
  if (as === 'binary') return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return decoderFor(encoding).decode(bytes);
}

function decoderFor(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch {
    return new TextDecoder();
  }
}
