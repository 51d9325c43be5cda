/**
 * The form in which structured clones cross: one tag byte, then what the tag says. Crosses; tables alone. Whoever
 * changes them changes host and guest together: both come from one build.
 */

export const Tag = Object.freeze({
  UNDEFINED: 0,
  NULL: 1,
  FALSE: 2,
  TRUE: 3,
  INTEGER: 4,
  DOUBLE: 5,
  BIGINT: 6,
  LATIN1: 7,
  UTF16: 8,
  DATE: 9,
  REGEXP: 10,
  MAP: 11,
  SET: 12,
  BUFFER: 13,
  VIEW: 14,
  ERROR: 15,
  ARRAY: 16,
  OBJECT: 17,
  SEEN: 18,
  HOLE: 19,
  BOXED: 20,
});

export const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const;

/** Errors that keep their class; all others arrive as Error with their own name. */
export const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const;

/** A pattern is read again where it arrives, which takes longer than to read a text: it counts for as many parts. */
export function partsOfRegExp(source: string): number {
  return 4 + source.length;
}

/** So does an error, which the engine makes. */
export const PARTS_OF_ERROR = 8;
