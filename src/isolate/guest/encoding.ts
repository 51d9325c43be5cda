/**
 * TextEncoder, TextDecoder, their streams, atob and btoa, by @exodus/bytes. Powerless. The tables of Chinese, Japanese
 * and Korean encodings come when a guest first asks for one.
 */
import {
  TextDecoder as PlainTextDecoder,
  TextDecoderStream as PlainTextDecoderStream,
  TextEncoder as PlainTextEncoder,
  TextEncoderStream as PlainTextEncoderStream,
  setMultibyte,
  toBase64,
} from 'caspian:encoding';
import type { ReadableStream } from 'caspian:packages';
import { DOMException } from './dom-exception.ts';
import { attributes, dictionary, domString, hold, NONE } from './interface.ts';
import { loadTable } from './tables.ts';

function fromTable(name: 'createMultibyteDecoder' | 'multibyteEncoder'): (...args: unknown[]) => unknown {
  return (...args) => {
    const make = loadTable('cjk')[name];
    if (typeof make !== 'function') throw new TypeError('the table of encodings can not be read');
    return Reflect.apply(make, undefined, args);
  };
}
setMultibyte(fromTable('createMultibyteDecoder'), fromTable('multibyteEncoder'));

interface DecoderOptions {
  readonly fatal?: boolean;
  readonly ignoreBOM?: boolean;
}

/** The package has as own properties what the standard has as attributes: it stays inside. */
class TextDecoder {
  readonly #plain: InstanceType<typeof PlainTextDecoder>;

  constructor(label = 'utf-8', options: DecoderOptions = NONE) {
    this.#plain = new PlainTextDecoder(domString(label), dictionary(options));
  }

  get encoding(): string {
    return this.#plain.encoding;
  }

  get fatal(): boolean {
    return this.#plain.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#plain.ignoreBOM;
  }

  decode(
    input: ArrayBuffer | ArrayBufferView | undefined = undefined,
    options: { readonly stream?: boolean } = NONE,
  ): string {
    return this.#plain.decode(input, dictionary(options));
  }
}

class TextEncoder {
  readonly #plain = new PlainTextEncoder();

  get encoding(): string {
    return this.#plain.encoding;
  }

  encode(text = ''): Uint8Array<ArrayBuffer> {
    return this.#plain.encode(text);
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    return this.#plain.encodeInto(text, target);
  }
}

class TextDecoderStream {
  declare readonly readable: ReadableStream<string>;
  declare readonly writable: object;

  constructor(label = 'utf-8', options: DecoderOptions = NONE) {
    const { encoding, fatal, ignoreBOM, readable, writable } = new PlainTextDecoderStream(
      domString(label),
      dictionary(options),
    );
    hold(this, { encoding, fatal, ignoreBOM, readable, writable });
  }
}
attributes(TextDecoderStream, 'encoding', 'fatal', 'ignoreBOM', 'readable', 'writable');

class TextEncoderStream {
  constructor() {
    const { encoding, readable, writable } = new PlainTextEncoderStream();
    hold(this, { encoding, readable, writable });
  }
}
attributes(TextEncoderStream, 'encoding', 'readable', 'writable');

/** A stream of bytes as one of text. */
function asText(bytes: ReadableStream<Uint8Array>): ReadableStream<string> {
  return bytes.pipeThrough(new TextDecoderStream());
}

/** Bytes as characters of one byte each, to base64 (HTML §8.3). */
function btoa(text: unknown): string {
  const characters = domString(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at++) {
    const code = characters.charCodeAt(at);
    if (code > 255) throw new DOMException('btoa takes characters of one byte', 'InvalidCharacterError');
    bytes[at] = code;
  }
  return toBase64(bytes);
}

function atob(text: unknown): string {
  // Infra Standard, "forgiving-base64 decode".
  let compact = domString(text).replaceAll(/[\t\n\f\r ]/g, '');
  if (compact.length % 4 === 0) compact = compact.replace(/={1,2}$/, '');
  if (compact.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(compact)) {
    throw new DOMException('this is no base64', 'InvalidCharacterError');
  }
  let result = '';
  let bits = 0;
  let count = 0;
  for (let at = 0; at < compact.length; at++) {
    bits = ((bits << 6) | DIGITS.indexOf(compact.charAt(at))) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      result += String.fromCharCode((bits >> count) & 255);
    }
  }
  return result;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export { asText, atob, btoa, TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream, toBase64 };
