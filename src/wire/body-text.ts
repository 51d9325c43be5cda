/**
 * A body's bytes as text and as JSON. Crosses: the asynchronous response in the kernel and the blocking one in the
 * script's thread read bodies by the same rules. Pure.
 */
import { EncodingError, JsonError } from '../errors/classes.ts';

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

/** Text as JSON. Raises JsonError, which says where the text stops being JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'it can not be read';
    throw new JsonError(`the text is no JSON: ${withLine(reason, text)}`);
  }
}

/** V8 gives an offset; people look for lines. */
function withLine(reason: string, text: string): string {
  const offset = / at position (\d+)/.exec(reason)?.[1];
  if (offset === undefined || reason.includes('line')) return reason;
  const before = text.slice(0, Number(offset)).split('\n');
  return `${reason} (line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1})`;
}
