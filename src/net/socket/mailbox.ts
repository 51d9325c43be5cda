/**
 * What has come and nobody has taken yet, in order, and who waits for more: peers of a listener, datagrams of a UDP
 * socket. Trusted side, pure; how much may lie here is the owner's business.
 */
import type { CaspianError } from '../../errors/classes.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';

interface Taker<T> {
  give(item: T): void;
  fail(error: CaspianError): void;
}

export class Mailbox<T> {
  readonly #items = new Set<T>();
  readonly #takers = new Set<Taker<T>>();
  /** Called when a take that would have waited may be answered now. */
  readonly #changed: () => void;
  #closed: CaspianError | null = null;

  constructor(changed: () => void = () => {}) {
    this.#changed = changed;
  }

  /** How many items lie here. */
  get size(): number {
    return this.#items.size;
  }

  /** Whether a take would be answered at once: an item lies here, or it would raise. */
  get ready(): boolean {
    return this.#items.size > 0 || this.#closed !== null;
  }

  /** Whoever has waited longest gets the item; it lies here if nobody waits. Items are distinct objects. */
  put(item: T): void {
    const [taker] = this.#takers;
    if (taker === undefined) {
      this.#items.add(item);
      this.#changed();
    } else taker.give(item);
  }

  /** Takes an item out that nobody is to get any more. False if it is not here. */
  withdraw(item: T): boolean {
    return this.#items.delete(item);
  }

  /** Fails whoever has waited longest. False if nobody waits. */
  fail(error: CaspianError): boolean {
    const [taker] = this.#takers;
    taker?.fail(error);
    return taker !== undefined;
  }

  /** The first item, at once or when it comes. `bounds` is asked for only if there is something to wait for. */
  take(bounds: () => Bounds): T | Promise<T> {
    if (this.#closed !== null) throw this.#closed;
    const [first] = this.#items;
    if (first === undefined) return this.#wait(bounds());
    this.#items.delete(first);
    return first;
  }

  /** Every take raises this from now on, those that wait included. Returns what lay here. */
  close(reason: CaspianError): readonly T[] {
    this.#closed ??= reason;
    for (const taker of [...this.#takers]) taker.fail(this.#closed);
    const left = [...this.#items];
    this.#items.clear();
    this.#changed();
    return left;
  }

  #wait(bounds: Bounds): Promise<T> {
    return runStep<T>(bounds, ({ done, failed }) => {
      const leave = (): boolean => this.#takers.delete(taker);
      const taker: Taker<T> = {
        give: (item) => {
          leave();
          done(item);
        },
        fail: (error) => {
          leave();
          failed(error);
        },
      };
      this.#takers.add(taker);
      return leave;
    });
  }
}
