/**
 * What the compiler makes: closures over a frame. Powerless side. A value node gives a value; a step does something and
 * says how it ended, so that `break`, `next` and `return` need no exception.
 */
import type { Frame, Value } from '../runtime/values.ts';

export type Eval = (frame: Frame) => Value;

/** How a step ended; a value that goes with it is in `vm.result`. */
export const DONE = 0;
/** Leaves `vm.levels` loops. */
export const BREAK = 1;
export const NEXT = 2;
/** Leaves the function around, also from a block. */
export const RETURN = 3;
/** `%call.return`: leaves the block or function that it stands in, whatever loops are between. */
export const CALL_RETURN = 4;
export type Completion = 0 | 1 | 2 | 3 | 4;

export type Step = (frame: Frame) => Completion;
