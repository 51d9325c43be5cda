/**
 * Path patterns of a narrowing. Trusted side, pure; the paths are hostile. What is matched is what is sent: a path has
 * one canonical form, and one that a server might read in another way (after decoding it once more, or by its own idea
 * of `;` and `\`) is refused outright.
 */

/** The canonical path, or why it may not be sent. The reason follows "the path" in a sentence. */
export type PathReading = { readonly path: string } | { readonly refused: string };

const REFUSED: readonly { readonly sign: RegExp; readonly refused: string }[] = [
  { sign: /\\|%5c/i, refused: 'holds a backslash' },
  { sign: /%2f/i, refused: 'holds an encoded slash (%2f)' },
  { sign: /%25/, refused: 'holds an encoded percent sign (%25)' },
  { sign: /\0|%00/, refused: 'holds a NUL' },
  { sign: /%(?![0-9a-f]{2})/i, refused: 'holds a percent sign that encodes nothing' },
];

/** Reads a path as `URL` gives it (`url.pathname`). */
export function readPath(pathname: string): PathReading {
  for (const { sign, refused } of REFUSED) if (sign.test(pathname)) return { refused };
  const decoded = decode(pathname);
  if (decoded === null) return { refused: 'is no UTF-8 after decoding' };
  if (decoded.split('/').some(isDotSegment)) return { refused: 'holds a dot segment' };
  return { path: pathname.replace(/%[0-9a-f]{2}/gi, canonicalEscape) };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // bytes that are no UTF-8, such as an overlong encoding of a dot
  }
}

/** `.` and `..`, also where a server drops path parameters or white space first (`..;x`, `.. `). */
function isDotSegment(segment: string): boolean {
  return /^\s*\.\.?\s*(?:;|$)/.test(segment);
}

/** RFC 3986 section 6.2.2: unreserved characters stand as themselves, other escapes in upper case. */
function canonicalEscape(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase();
}

export interface PathPattern {
  /** Canonical. */
  readonly text: string;
  /** What stands between the `*`s; one piece more than there are `*`s. */
  readonly pieces: readonly string[];
}

const LONGEST_PATTERN = 1024;

/** A pattern, or why it is none. `*` stands for any text, slashes too; all else is the path itself. */
export function readPattern(raw: string): PathPattern | { readonly refused: string } {
  if (raw.length > LONGEST_PATTERN) return { refused: `is longer than ${LONGEST_PATTERN} characters` };
  if (!/^[/*]/.test(raw)) return { refused: 'does not begin with / or *' };
  if (/[?#\p{Cc}]/u.test(raw)) return { refused: 'holds a query, a fragment or a control character' };
  const reading = readPath(raw);
  if ('refused' in reading) return reading;
  // SECURITY: the path is encoded exactly as `URL` encodes a request's path, or the two would not compare.
  const encoded = URL.parse(`http://host/${raw}`)?.pathname.slice(1);
  const canonical = encoded === undefined ? { refused: 'is no path' } : readPath(encoded);
  if ('refused' in canonical) return canonical;
  return { text: canonical.path, pieces: canonical.path.split('*') };
}

/** True if the canonical path is one of the pattern's. Linear but for the pieces' own length. */
export function matchesPath({ pieces }: PathPattern, path: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return path === first;
  if (!path.startsWith(first) || !path.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= path.length - last.length;
}
