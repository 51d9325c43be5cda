/** What is to reach a guest, in order. Of a child process. Batches that wait behind one another go in together. */

/** Bytes of the host's that are handed in at once. */
const MAX_DELIVERY = 1_048_576;

export type Item =
  /** Messages. `credit`: bytes of the host's in it, which it is told of when they are in. */
  | { readonly batch: Uint8Array; readonly credit: number }
  | { readonly run: () => Promise<void>; readonly id: number }
  | 'timers';

export class Queue {
  #items: Item[] = [];

  get length(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  clear(): void {
    this.#items = [];
  }

  next(): Item | undefined {
    const item = this.#items.shift();
    return item === undefined || item === 'timers' || 'run' in item ? item : this.#gathered(item);
  }

  /** The batch, and those that wait behind it. */
  #gathered(first: { readonly batch: Uint8Array; readonly credit: number }): Item {
    const all = [first.batch];
    let size = first.batch.length;
    let credit = first.credit;
    for (let next = this.#items[0]; typeof next === 'object' && 'batch' in next; next = this.#items[0]) {
      if (size + next.batch.length > MAX_DELIVERY) break;
      all.push(next.batch);
      size += next.batch.length;
      credit += next.credit;
      this.#items.shift();
    }
    return all.length === 1 ? first : { batch: Buffer.concat(all), credit };
  }
}
