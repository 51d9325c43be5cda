/** CompressionStream and DecompressionStream (Compression Standard), by fflate. Powerless. */
import { TransformStream } from 'caspian:packages';
import { Decompressor } from './decompression.ts';
import { attributes, domString, hold } from './interface.ts';
import { loadTable } from './tables.ts';

/** What fflate's writers have in common. */
interface Codec {
  ondata: ((chunk: Uint8Array, final: boolean) => void) | null;
  push(chunk: Uint8Array, final: boolean): void;
}

interface Controller {
  enqueue(chunk: Uint8Array): void;
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('a chunk must be an ArrayBuffer or a view of one');
}

/** Format → the class of fflate's that writes it. */
const WRITERS: Readonly<Record<string, string>> = { gzip: 'Gzip', deflate: 'Zlib', 'deflate-raw': 'Deflate' };

function unknownFormat(): TypeError {
  return new TypeError('the format must be gzip, deflate or deflate-raw');
}

function isCodec(made: unknown): made is Codec {
  return typeof made === 'object' && made !== null && 'push' in made;
}

function openWriter(format: string): Codec {
  const name = Object.hasOwn(WRITERS, format) ? WRITERS[format] : undefined;
  if (name === undefined) throw unknownFormat();
  const Class = loadTable('compression')[name];
  const made: unknown = typeof Class === 'function' ? Reflect.construct(Class, []) : null;
  if (!isCodec(made)) throw new TypeError('the codec can not be read');
  return made;
}

export class CompressionStream {
  constructor(format: string) {
    const codec = openWriter(domString(format));
    const push = (chunk: Uint8Array, controller: Controller, final: boolean): void => {
      codec.ondata = (piece) => {
        if (piece.length > 0) controller.enqueue(piece);
      };
      codec.push(chunk, final);
    };
    holdStreams(
      this,
      // A copy: fflate keeps what it is given.
      (chunk, controller) => push(toBytes(chunk).slice(), controller, false),
      (controller) => push(new Uint8Array(0), controller, true),
    );
  }
}
attributes(CompressionStream, 'readable', 'writable');

export class DecompressionStream {
  constructor(format: string) {
    let to: Controller | null = null;
    const decompressor = Decompressor.of(domString(format), (piece) => to?.enqueue(piece));
    if (decompressor === null) throw unknownFormat();
    holdStreams(
      this,
      (chunk, controller) => {
        to = controller;
        decompressor.push(toBytes(chunk).slice());
      },
      (controller) => {
        to = controller;
        decompressor.end();
      },
    );
  }
}
attributes(DecompressionStream, 'readable', 'writable');

function holdStreams(
  object: object,
  transform: (chunk: unknown, controller: Controller) => void,
  flush: (controller: Controller) => void,
): void {
  const { readable, writable } = new TransformStream<unknown, Uint8Array>({ transform, flush });
  hold(object, { readable, writable });
}
