/**
 * Caps on what one value may be. Powerless side. The engine's memory limit is the real fence; these make the usual
 * mistakes and the cheap attacks fail early, with a message.
 */
import { fail } from './errors.ts';
import { charge } from './memory.ts';

/** Characters of a string, bytes of a bytes value: 128 Mi, a quarter of what V8 can hold. */
export const MAX_TEXT = 2 ** 27;
/** Characters that `inspect` writes: what it shows is for people, and a small graph can unfold into a huge tree. */
export const MAX_SHOWN = 2 ** 24;
/** Elements of an array that one built-in call makes. */
export const MAX_ITEMS = 2 ** 26;
/** How deep arrays and hashes may lie in each other for whatever walks through them. */
export const MAX_NESTING = 500;
/** Values in one conversion to plain data: a small graph can unfold into a huge tree. */
export const MAX_PLAIN_NODES = 2_000_000;

/** Bytes of an element in an array. */
const ITEM_BYTES = 8;

/** To be called before a text or bytes of that length are made, also before two are joined. */
export function checkText(length: number, limit = MAX_TEXT): void {
  if (length > limit) throw fail.tooLarge(`a string of ${length} characters is over the limit of ${limit}`);
  charge(length);
}

/** To be called before an array of that length is made. */
export function checkItems(count: number): void {
  if (count > MAX_ITEMS) throw fail.tooLarge(`an array of ${count} elements is over the limit of ${MAX_ITEMS}`);
  charge(count * ITEM_BYTES);
}

export function tooNested(): never {
  throw fail.tooDeep(`arrays and hashes lie in each other more than ${MAX_NESTING} deep, or contain themselves`);
}
