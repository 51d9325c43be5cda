/**
 * A body's bytes as text. Crosses: the asynchronous response in the kernel and the blocking one in the
 * script's thread read bodies by the same rules. Pure.
 */
import { EncodingError } from '../errors/classes.ts';

/** The charset that a Content-Type names; UTF-8 if it names none (RFC 9110 §8.3.1, and what JSON and the web assume). */
export function charsetOf(contentType: string | null): string {
  const found = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(contentType ?? '');
  return found?.[1] ?? found?.[2] ?? 'utf-8';
}

/** Bytes as text. Raises EncodingError for an unknown charset, or bytes that are not in it. */
export function decodeText(bytes: Uint8Array, charset: string): string {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new EncodingError(`the charset ${JSON.stringify(charset.slice(0, 40))} is unknown`, {
      hint: 'read the bytes, or name a charset of the WHATWG Encoding Standard',
    });
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new EncodingError(`the bytes are no ${decoder.encoding} text`);
  }
}
