/**
 * Looks at the request words of those links that are likely to ask soon. Trusted, runs on the kernel's event loop and
 * never blocks it: between looks the loop turns, so sockets are served. A link with nothing to say costs nothing; it
 * is asleep, and its script's first request comes with a message.
 */
/** How long a run of looks goes on after the last request that it met. */
const BURST_MS = 0.004;
/** Longest run of looks, however many requests it meets, without giving the event loop a turn. */
const LONGEST_BURST_MS = 0.05;
const LOOKS_PER_READING = 16;

/** What the poller needs of a link. */
export interface Pollable {
  /** Whether a request waits: one look at shared memory. */
  asks(): boolean;
  /** Serves the request that waits. `now`: milliseconds by `performance.now()`. */
  serve(now: number): void;
  /** Whether there will be no request before the kernel has done something: polling would only take a CPU from a peer. */
  rests(): boolean;
  /** Whether it is polled for what the event loop brings, in spite of that. */
  readonly watchesPeer: boolean;
  /** Polling ends with no request seen: the link marks itself asleep. False if a request slipped in meanwhile. */
  sleep(): boolean;
}

export class Poller {
  /** Until when each link is polled, in milliseconds by `performance.now()`. */
  readonly #active = new Map<Pollable, number>();
  #scheduled = false;

  /** Polls a link until a point in time, at least for one turn. */
  add(link: Pollable, until: number): void {
    this.#active.set(link, Math.max(until, this.#active.get(link) ?? 0));
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  remove(link: Pollable): void {
    this.#active.delete(link);
  }

  readonly #turn = (): void => {
    this.#burst();
    const now = performance.now();
    for (const [link, until] of this.#active) {
      if (now < until && (link.watchesPeer || !link.rests())) continue;
      if (link.sleep()) this.#active.delete(link);
      else link.serve(now);
    }
    this.#scheduled = this.#active.size > 0;
    if (this.#scheduled) setImmediate(this.#turn);
  };

  /** Looks at every active link until none has asked for a moment. */
  #burst(): void {
    let now = performance.now();
    const latest = now + LONGEST_BURST_MS;
    let until = now + BURST_MS;
    while (now < until && now < latest) {
      const asking = this.#look();
      now = performance.now();
      if (asking === null && this.#allRest()) return;
      if (asking === null) continue;
      asking.serve(now);
      until = now + BURST_MS;
    }
  }

  /** Whether looking is of no use: then the event loop gets its turn at once. */
  #allRest(): boolean {
    for (const link of this.#active.keys()) if (!link.rests()) return false;
    return true;
  }

  /** The first link that asks, within a few looks at each. */
  #look(): Pollable | null {
    for (let look = 0; look < LOOKS_PER_READING; look++) {
      for (const link of this.#active.keys()) if (link.asks()) return link;
    }
    return null;
  }
}
