/**
 * How long a thread looks before it sleeps. Crosses. Waking an idle CPU costs 20 to 50 µs, so a wait that is about that
 * short is best spent looking; but where both threads share one CPU, or the answer takes long, looking only burns time.
 * What the last waits took decides: looking goes on for about twice of what is expected, or does not begin at all.
 */

/**
 * Waits that are expected to take longer are slept through from the start. More would cover a request over loopback, but
 * takes the CPU from whoever answers it: with two CPUs and three threads it halved the requests per second.
 */
const LONGEST_EXPECTED_MS = 0.03;
/** Longest look. */
const LONGEST_SPIN_MS = 0.05;
/** The same for an answer of a peer on this machine, which takes two other threads' waking. */
const LONGEST_FROM_PEER_MS = 0.06;
const LONGEST_SPIN_FOR_PEER_MS = 0.1;
/** Shortest look: a call that the kernel answers at once takes a fraction of it. */
const SHORTEST_SPIN_MS = 0.01;
/** A wait counts for no more than this, so that one long one is soon forgotten. */
const LONGEST_COUNTED_MS = 1;
/** How much the newest wait counts. */
const WEIGHT = 0.2;
/** Where looking does not pay, one wait in this many is still tried: conditions change. */
const PROBE_EVERY = 64;
const PROBE_MS = 0.05;

export class SpinBudget {
  readonly #enabled: boolean;
  readonly #longestExpectedMs: number;
  readonly #longestSpinMs: number;
  #expectedMs = SHORTEST_SPIN_MS;
  #skipped = 0;

  /**
   * `enabled: false` where there is no CPU to spare: it never spins. `forPeers`: the waits are for what a peer of a socket sends,
   * and it is the kernel that waits for the peer, without looking.
   */
  constructor({ enabled, forPeers = false }: { readonly enabled: boolean; readonly forPeers?: boolean }) {
    this.#enabled = enabled;
    this.#longestExpectedMs = forPeers ? LONGEST_FROM_PEER_MS : LONGEST_EXPECTED_MS;
    this.#longestSpinMs = forPeers ? LONGEST_SPIN_FOR_PEER_MS : LONGEST_SPIN_MS;
  }

  /** Milliseconds that the wait at hand may begin with looking; 0 for none. */
  next(): number {
    if (!this.#enabled) return 0;
    if (this.#expectedMs <= this.#longestExpectedMs) {
      return Math.min(this.#longestSpinMs, SHORTEST_SPIN_MS + this.#expectedMs * 2);
    }
    this.#skipped = (this.#skipped + 1) % PROBE_EVERY;
    return this.#skipped === 0 ? Math.max(PROBE_MS, this.#longestSpinMs) : 0;
  }

  /**
   * What a wait took in the end. One that was `seen` shows what looking can do, and is believed at once: a wait that was
   * slept through takes long because it was slept through, and must not keep the next from being looked for.
   */
  waited(ms: number, how: 'seen' | 'slept'): void {
    if (how === 'seen' && ms < this.#expectedMs) this.#expectedMs = ms;
    else this.#expectedMs += (Math.min(ms, LONGEST_COUNTED_MS) - this.#expectedMs) * WEIGHT;
  }
}

/** What it counts when looking has paid, and when it has not. */
const HIT = 2;
const MISS = -1;
const MOST_CREDIT = 50;
/** Without credit one time in this many is still tried. */
const TRY_EVERY = 32;

/** Whether looking for something pays, by how often it has: as long as there is credit left it is done. */
export class SpinCredit {
  #credit = MOST_CREDIT;
  #skipped = 0;
  #underWay = false;

  get underWay(): boolean {
    return this.#underWay;
  }

  /** Whether to look now. */
  begin(): boolean {
    this.#underWay = this.#credit > 0 || ++this.#skipped % TRY_EVERY === 0;
    return this.#underWay;
  }

  /** How the look ended; nothing if there was none. */
  end(how: 'hit' | 'miss'): void {
    if (!this.#underWay) return;
    this.#underWay = false;
    this.#credit = Math.max(0, Math.min(MOST_CREDIT, this.#credit + (how === 'hit' ? HIT : MISS)));
  }
}
