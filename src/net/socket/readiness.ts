/**
 * Whether an operation of a socket or a listener would be answered at once, and how to learn that this has changed.
 * Trusted side, pure: what `select` waits for. Whoever keeps bytes elsewhere has to keep these answers true.
 */

/** What `select` takes. */
export interface Selectable {
  /**
   * Whether a read, or an accept, would be answered at once: bytes, a datagram or a peer are here, the stream has ended,
   * or it would raise.
   */
  readonly readable: boolean;
  /** Whether a send would begin at once, or would raise. */
  readonly writable: boolean;
  /** Calls `changed` whenever one of these may have become true, until what it returns is called. */
  watch(changed: () => void): () => void;
}

/** Who watches one socket. */
export class Watchers {
  readonly #watchers = new Set<() => void>();

  /** How many there are. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Each call is one watcher, the same function twice is two. Returns how to stop. */
  add(changed: () => void): () => void {
    const watcher = (): void => changed();
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells everyone. A watcher may stop, or another may begin, meanwhile. */
  readonly tell = (): void => {
    if (this.#watchers.size > 0) for (const watcher of [...this.#watchers]) watcher();
  };
}
