/** CompressionStream and DecompressionStream (Compression Standard), by fflate. Powerless. */
import { TransformStream } from 'caspian:packages';
import { attributes, hold } from './interface.ts';
import { loadTable } from './tables.ts';

/** What fflate's streams have in common. */
interface Codec {
  ondata: ((chunk: Uint8Array, final: boolean) => void) | null;
  push(chunk: Uint8Array, final: boolean): void;
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('a chunk must be an ArrayBuffer or a view of one');
}

/** Format → the class of fflate's that writes it, and the one that reads it. */
const FORMATS: Readonly<Record<string, { readonly write: string; readonly read: string }>> = {
  gzip: { write: 'Gzip', read: 'Gunzip' },
  deflate: { write: 'Zlib', read: 'Unzlib' },
  'deflate-raw': { write: 'Deflate', read: 'Inflate' },
};

function isCodec(made: object): made is Codec {
  return 'push' in made;
}

function open(format: unknown, way: 'write' | 'read'): Codec {
  const found = Object.hasOwn(FORMATS, String(format)) ? FORMATS[String(format)] : undefined;
  if (found === undefined) throw new TypeError('the format must be gzip, deflate or deflate-raw');
  const Class = loadTable('compression')[found[way]];
  const made: unknown = typeof Class === 'function' ? Reflect.construct(Class, []) : null;
  if (typeof made !== 'object' || made === null || !isCodec(made)) throw new TypeError('the codec can not be read');
  return made;
}

/** The end is held back by one chunk: fflate wants to know which chunk is the last. */
function transformWith(codec: Codec): TransformStream<unknown, Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  const push = (chunk: Uint8Array, final: boolean, controller: { enqueue(chunk: Uint8Array): void }): void => {
    codec.ondata = (piece) => {
      if (piece.length > 0) controller.enqueue(piece);
    };
    try {
      codec.push(chunk, final);
    } catch (cause) {
      throw new TypeError('the data can not be read in this format', { cause });
    }
  };
  return new TransformStream<unknown, Uint8Array>({
    transform(chunk, controller) {
      const bytes = toBytes(chunk).slice();
      if (held.length > 0) push(held, false, controller);
      held = bytes;
    },
    flush(controller) {
      push(held, true, controller);
    },
  });
}

export class CompressionStream {
  constructor(format: string) {
    openStreams(this, format, 'write');
  }
}
attributes(CompressionStream, 'readable', 'writable');

export class DecompressionStream {
  constructor(format: string) {
    openStreams(this, format, 'read');
  }
}
attributes(DecompressionStream, 'readable', 'writable');

function openStreams(object: object, format: unknown, way: 'write' | 'read'): void {
  const { readable, writable } = transformWith(open(format, way));
  hold(object, { readable, writable });
}
