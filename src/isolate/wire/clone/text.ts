/** Text out of bytes, in the language alone: a guest has nothing else. Crosses. */

/** Reads text out of private bytes. A host may hand in faster ones. */
export interface TextReader {
  latin1(bytes: Uint8Array, start: number, end: number): string;
  utf16(bytes: Uint8Array, start: number, end: number): string;
}

/** Characters that are made at a time: more arguments than this would overflow a stack. */
const PIECE = 4_096;

/** `TextReader` in the language alone. */
export const plainText: TextReader = Object.freeze({
  latin1(bytes: Uint8Array, start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += PIECE) {
      text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PIECE)));
    }
    return text;
  },
  utf16(bytes: Uint8Array, start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += PIECE) {
      const piece = bytes.subarray(at, Math.min(end, at + PIECE));
      text += String.fromCharCode(...Array.from({ length: piece.length / 2 }, (_, i) => unit(piece, i * 2)));
    }
    return text;
  },
});

function unit(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}
