/**
 * application/x-www-form-urlencoded, as WHATWG URL says (section 5.2), in bytes. Trusted side; what is written is hostile.
 * SECURITY: a script's form may be of 64 MiB, and URLSearchParams would hold everybody's loop for seconds
 * (test/attacks/http-large-form.test.ts).
 */
/** The values of the `query` and `bodyForm` options. A list repeats the name; null leaves it out. */
export type FormValue = string | number | boolean | null | readonly (string | number | boolean)[];
export type FormOption = Readonly<Record<string, FormValue>>;

const SPACE = 0x20;
const PLUS = 0x2b;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const EQUALS = 0x3d;
/** How many more bytes a byte is written with. */
const WIDER = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9*._ -]/.test(String.fromCharCode(byte)) ? 0 : 2,
);
const HEX = Buffer.from('0123456789ABCDEF');

export function formBytes(form: FormOption): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const [name, value] of pairsOf(form)) {
    if (pieces.length > 0) pieces.push(Uint8Array.of(AMPERSAND));
    pieces.push(escaped(name), Uint8Array.of(EQUALS), escaped(value));
  }
  return Buffer.concat(pieces);
}

/** The least that its texts take: each character is one byte where it is written, or more. */
export function formLength(form: FormOption): number {
  return pairsOf(form).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function pairsOf(form: FormOption): [name: string, value: string][] {
  return Object.entries(form).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((item): [string, string] => [name, String(item)]),
  );
}

/** Counted loops: an iterator would take most of the time. */
function escaped(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const count = bytes.length;
  let length = count;
  for (let from = 0; from < count; from++) length += WIDER[bytes[from] ?? 0] ?? 0;
  if (length === count && !text.includes(' ')) return bytes;
  const written = Buffer.allocUnsafe(length);
  for (let from = 0, at = 0; from < count; from++) {
    const byte = bytes[from] ?? 0;
    if (WIDER[byte] === 0) written[at++] = byte === SPACE ? PLUS : byte;
    else {
      written[at++] = PERCENT;
      written[at++] = HEX[byte >> 4] ?? 0;
      written[at++] = HEX[byte & 15] ?? 0;
    }
  }
  return written;
}
