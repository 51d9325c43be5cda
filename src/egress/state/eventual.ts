/**
 * Going on with an answer that may be here already: without a promise then, which every call would pay for. Trusted side, pure.
 */
import type { Eventual } from './state.ts';

/** What `next` makes of the value: at once if it is here, else when it comes. */
export function andThen<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
