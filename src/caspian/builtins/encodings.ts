/** Text to bytes and back, in the encodings that scripts may name. Powerless side. */
import { fail } from '../runtime/errors.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
/** Arguments of one call of String.fromCharCode. */
const PIECE = 8192;

function nameOf(encoding: string): 'utf-8' | 'latin1' | 'ascii' {
  switch (encoding.toLowerCase()) {
    case 'utf-8':
    case 'utf8':
      return 'utf-8';
    case 'latin1':
    case 'iso-8859-1':
      return 'latin1';
    case 'ascii':
    case 'us-ascii':
      return 'ascii';
    default:
      throw fail.argument(`unknown encoding '${encoding}'`, 'utf-8, latin1 and ascii are known');
  }
}

/** Each byte as the character with its number. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Raises puck.uno/error/encoding where the bytes are no text in that encoding. */
export function decoded(bytes: Uint8Array, encoding: string): string {
  const name = nameOf(encoding);
  if (name === 'latin1') return latin1Text(bytes);
  if (name === 'ascii' && bytes.some((byte) => byte > 127)) throw fail.encoding('these bytes are no ASCII text');
  try {
    return strict.decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) throw fail.encoding('these bytes are no UTF-8 text');
    throw thrown;
  }
}

/** Raises puck.uno/error/encoding where a character has no place in that encoding. */
export function encoded(text: string, encoding: string): Uint8Array {
  const name = nameOf(encoding);
  if (name === 'utf-8') return encoder.encode(text);
  const highest = name === 'latin1' ? 255 : 127;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > highest)
      throw fail.encoding(`the character '${text.charAt(at)}' has no place in ${name}`);
  }
  return latin1Bytes(text);
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
