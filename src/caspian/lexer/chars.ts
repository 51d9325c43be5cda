/**
 * Which characters make names and numbers. Powerless side. ASCII by table, the rest by Unicode's properties.
 */
const START = 1;
const PART = 2;

const ascii = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(char)) ascii[code] = START | PART;
  else if (/[0-9]/.test(char)) ascii[code] = PART;
}

const START_BEYOND = /^\p{L}/u;
const PART_BEYOND = /^[\p{L}\p{M}\p{N}]/u;

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** True if a name may begin at `at`. */
export function startsName(source: string, at: number): boolean {
  const code = source.charCodeAt(at);
  if (code < 128) return ((ascii[code] ?? 0) & START) !== 0;
  return code >= 128 && START_BEYOND.test(source.slice(at, at + 2));
}

/** The offset behind the name that begins at `at`. */
export function nameEnd(source: string, at: number): number {
  let end = at;
  for (;;) {
    const code = source.charCodeAt(end);
    if (code < 128) {
      if (((ascii[code] ?? 0) & PART) === 0) return end;
      end++;
    } else {
      const point = source.codePointAt(end);
      if (point === undefined || !PART_BEYOND.test(String.fromCodePoint(point))) return end;
      end += point > 0xffff ? 2 : 1;
    }
  }
}
