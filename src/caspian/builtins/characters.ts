/** What strings, bytes and arrays share: places, slices, padding, reading numbers. Powerless side. */
import { fail } from '../runtime/errors.ts';
import { checkItems, checkText } from '../runtime/limits.ts';
import { textOf } from '../runtime/plain.ts';
import { typeName } from '../runtime/text.ts';
import type { Value } from '../runtime/values.ts';
import { countArg, numberArg, wholeArg } from './table.ts';

const SURROGATE = /[\uD800-\uDFFF]/;

/** The characters of a text, as something with a length and places. */
export function charactersOf(text: string): readonly string[] | string {
  if (!SURROGATE.test(text)) return text;
  checkItems(text.length);
  return Array.from(text);
}

export function characterCount(text: string): number {
  return charactersOf(text).length;
}

/** Where a search from the character `from` begins, in units; -1 for a place that is not in the text. */
export function unitOf(text: string, from: number): number {
  const chars = charactersOf(text);
  const at = from < 0 ? chars.length + from : from;
  if (!(at >= 0 && at <= chars.length)) return -1;
  return typeof chars === 'string' ? Math.trunc(at) : chars.slice(0, at).join('').length;
}

interface Sliceable<T> {
  readonly length: number;
  slice(start: number, end: number): T;
}

/** `slice(start, length)`: negative starts count from the end; null where the start lies outside. */
export function slice<T>(whole: Sliceable<T>, args: readonly Value[]): T | null {
  const start = wholeArg(args[0], 'the start');
  const from = start < 0 ? whole.length + start : start;
  if (from < 0 || from > whole.length) return null;
  const length = args[1] === undefined || args[1] === null ? whole.length : countArg(args[1], 'the length');
  return whole.slice(from, Math.min(whole.length, from + length));
}

/** `text[index]` */
export function elementAt(whole: readonly string[] | string, index: Value): Value {
  if (typeof index !== 'number') throw fail.type(`a string's index must be a number, not ${typeName(index)}`);
  const at = Math.trunc(index);
  return whole[at < 0 ? whole.length + at : at] ?? null;
}

export function pad(text: string, args: readonly Value[], side: 'start' | 'end'): string {
  const length = numberArg(args[0], 'the length');
  const filler = args[1] === undefined ? ' ' : textOf(args[1], 'the filler');
  checkText(length);
  return side === 'start' ? text.padStart(length, filler) : text.padEnd(length, filler);
}

const STRICT = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/;

/** The number that a text spells, white space around it aside; null if it spells none. */
export function strictNumber(text: string): number | null {
  const trimmed = text.trim();
  if (!STRICT.test(trimmed)) return null;
  const digits = trimmed.replaceAll('_', '').replace(/^[+-]/, '');
  return trimmed.startsWith('-') ? -Number(digits) : Number(digits);
}

const NUMBER = /^\s*([+-]?(?:\d[\d_]*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/;

/** The number that a text begins with, 0 if it begins with none, as in Ruby. */
export function readNumber(text: string): number {
  const digits = NUMBER.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits.replaceAll('_', ''));
}

export function readInteger(text: string): number {
  return Math.trunc(readNumber(text));
}
