/**
 * Whom a UDP socket hears, and whom it may answer without a rule. Trusted side, pure. The sender of a datagram can be
 * forged: what is answered must not make of a script a way to flood a third party.
 */
import type { Clock } from '../clock.ts';

/** One end of datagrams: an address and a port. */
export interface Endpoint {
  /** Canonical. */
  readonly host: string;
  readonly port: number;
}

export interface PeerRules {
  /** Whether a datagram from there is taken. */
  hears(from: Endpoint): boolean;
  /** A datagram from there has been taken. */
  received(from: Endpoint, bytes: number): void;
  /** A datagram that a rule grants is being sent there. */
  sent(to: Endpoint): void;
  /** Whether an answer of so many bytes may go there without a rule; counts it if so. */
  takeAnswer(to: Endpoint, bytes: number): boolean;
}

/** More are forgotten, the one that was quiet for longest first. */
export const MAX_PEERS = 4096;
export const ANSWER_WITHIN_MS = 30_000;
export const ANSWER_FACTOR = 3;

function keyOf({ host, port }: Endpoint): string {
  return `${host} ${port}`;
}

/** Puts an entry at the end, and forgets the first if there are too many. */
function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.delete(key);
  known.set(key, value);
  if (known.size <= MAX_PEERS) return;
  const [oldest] = known.keys();
  if (oldest !== undefined) known.delete(oldest);
}

/** Of a socket that sends first: it hears, and may answer, those that it has sent to. */
export class SentTo implements PeerRules {
  readonly #known = new Map<string, true>();

  hears(from: Endpoint): boolean {
    return this.#known.has(keyOf(from));
  }

  received(): void {}

  sent(to: Endpoint): void {
    remember(this.#known, keyOf(to), true);
  }

  takeAnswer(to: Endpoint): boolean {
    return this.#known.has(keyOf(to));
  }
}

interface Heard {
  readonly at: number;
  readonly received: number;
  readonly answered: number;
}

/** Of a socket that listens: it hears anyone, and may answer for a while, and with a few times what it has heard. */
export class HeardFrom implements PeerRules {
  readonly #clock: Clock;
  readonly #known = new Map<string, Heard>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hears(): boolean {
    return true;
  }

  received(from: Endpoint, bytes: number): void {
    const key = keyOf(from);
    const before = this.#current(key);
    const at = this.#clock.now();
    remember(this.#known, key, { at, received: (before?.received ?? 0) + bytes, answered: before?.answered ?? 0 });
  }

  sent(): void {}

  /** SECURITY: no flood to a forged sender (test/attacks/udp-amplification.test.ts). An empty answer counts as a byte. */
  takeAnswer(to: Endpoint, bytes: number): boolean {
    const key = keyOf(to);
    const heard = this.#current(key);
    if (heard === null) return false;
    const answered = heard.answered + Math.max(bytes, 1);
    if (answered > heard.received * ANSWER_FACTOR) return false;
    this.#known.set(key, { ...heard, answered });
    return true;
  }

  #current(key: string): Heard | null {
    const heard = this.#known.get(key);
    return heard !== undefined && this.#clock.now() - heard.at <= ANSWER_WITHIN_MS ? heard : null;
  }
}
