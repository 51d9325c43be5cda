/**
 * Searching text for text. Powerless side.
 * SECURITY: V8's own search may take text length times pattern length, in one step that no limit can interrupt. Where
 * that would be long, a linear search of ours runs instead (test/attacks/engine-unending-search).
 */

import { checkItems } from '../runtime/limits.ts';

/** Comparisons that V8 may do in one step: some 50 ms. */
const MAX_NATIVE = 2 ** 26;
/** Shorter patterns are always left to V8. */
const SHORT = 16;

function isHard(text: string, pattern: string): boolean {
  return pattern.length >= SHORT && text.length * pattern.length > MAX_NATIVE;
}

/** Shorter texts have no number of pieces that matters. */
const LARGE = 2 ** 16;

/** Counts the pieces that a text is to be cut into: V8 makes the array of them in one step. */
export function checkPieces(text: string, separator: string | RegExp): void {
  if (text.length < LARGE) return;
  let pieces = 1;
  if (typeof separator === 'string') {
    if (separator === '') pieces = text.length;
    else
      for (let at = indexOf(text, separator); at >= 0; at = indexOf(text, separator, at + separator.length)) pieces++;
  } else {
    while (separator.test(text)) pieces++;
  }
  checkItems(pieces);
}

/** The first place at or behind `from`, or -1. */
export function indexOf(text: string, pattern: string, from = 0): number {
  if (!isHard(text, pattern)) return text.indexOf(pattern, from);
  return scan(text, pattern, from, forward);
}

/** The last place, or -1. */
export function lastIndexOf(text: string, pattern: string): number {
  if (!isHard(text, pattern)) return text.lastIndexOf(pattern);
  const at = scan(text, pattern, 0, backward);
  return at < 0 ? -1 : text.length - pattern.length - at;
}

export function splitAt(text: string, separator: string): string[] {
  checkPieces(text, separator);
  if (!isHard(text, separator)) return text.split(separator);
  const parts: string[] = [];
  let from = 0;
  for (let at = indexOf(text, separator); at >= 0; at = indexOf(text, separator, from)) {
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}

type Read = (text: string, at: number) => number;

function forward(text: string, at: number): number {
  return text.charCodeAt(at);
}

function backward(text: string, at: number): number {
  return text.charCodeAt(text.length - 1 - at);
}

/** Knuth, Morris and Pratt: each character of the text is looked at once. */
function scan(text: string, pattern: string, from: number, read: Read): number {
  const borders = bordersOf(pattern, read);
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    const char = read(text, at);
    while (matched > 0 && char !== read(pattern, matched)) matched = borders[matched - 1] as number;
    if (char === read(pattern, matched)) matched++;
    if (matched === pattern.length) return at - matched + 1;
  }
  return -1;
}

/** For each start of the pattern, the length of its longest border. */
function bordersOf(pattern: string, read: Read): Int32Array {
  const borders = new Int32Array(pattern.length);
  let length = 0;
  for (let at = 1; at < pattern.length; at++) {
    const char = read(pattern, at);
    while (length > 0 && char !== read(pattern, length)) length = borders[length - 1] as number;
    if (char === read(pattern, length)) length++;
    borders[at] = length;
  }
  return borders;
}
