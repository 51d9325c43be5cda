/**
 * TextEncoder, TextDecoder, atob and btoa, by @exodus/bytes. Powerless. The tables of Chinese, Japanese and Korean
 * encodings come when a guest first asks for one.
 */
import {
  isMultibyte,
  normalizeEncoding,
  TextDecoder as PlainTextDecoder,
  setMultibyte,
  TextEncoder,
  toBase64,
} from 'caspian:encoding';
import { DOMException } from './dom-exception.ts';
import { loadTable } from './tables.ts';

let hasMultibyte = false;

class TextDecoder extends PlainTextDecoder {
  constructor(label = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    const name = normalizeEncoding(String(label));
    if (!hasMultibyte && name !== null && isMultibyte(name)) {
      const { createMultibyteDecoder, multibyteEncoder } = loadTable('cjk');
      setMultibyte(createMultibyteDecoder, multibyteEncoder);
      hasMultibyte = true;
    }
    super(label, options);
  }
}

/** Bytes as characters of one byte each, to base64 (HTML §8.3). */
function btoa(text: unknown): string {
  const characters = String(text);
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
  let compact = String(text).replaceAll(/[\t\n\f\r ]/g, '');
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

export { atob, btoa, TextDecoder, TextEncoder, toBase64 };
