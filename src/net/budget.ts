/**
 * What one layer of a capability has left: requests, bytes, and its rate. Trusted side. The capability that was narrowed
 * and all below it draw on the same one, so no number of children gets more out of it.
 */
import type { LayerRefusal } from './grants/layer.ts';
import type { Narrowing, Rate } from './grants/narrowing.ts';

/** Sums of milliseconds that are no whole numbers may be off by so much. */
const ROUNDING_MS = 1e-6;

/** A token bucket, kept as the time at which it will be full again (so that nothing has to be filled up). */
class Bucket {
  readonly #perToken: number;
  readonly #whole: number;
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor({ count, perMs }: Rate) {
    this.#perToken = perMs / count;
    this.#whole = perMs;
  }

  /** Milliseconds until there is a token; 0 if there is one. */
  wait(now: number): number {
    const wait = this.#fullAt + this.#perToken - this.#whole - now;
    return wait > ROUNDING_MS ? wait : 0;
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#perToken;
  }
}

export class Budget {
  #requests: number;
  #bytes: number;
  readonly #bucket: Bucket | null;
  /** Whether there is a limit on bytes at all, so that they have to be counted. */
  readonly countsBytes: boolean;

  constructor({ maxRequests, maxBytes, rate }: Narrowing) {
    this.#requests = maxRequests ?? Number.POSITIVE_INFINITY;
    this.#bytes = maxBytes ?? Number.POSITIVE_INFINITY;
    this.#bucket = rate === undefined ? null : new Bucket(rate);
    this.countsBytes = maxBytes !== undefined;
  }

  /** Why there is nothing left for another request; null if there is. Takes nothing. */
  refuse(now: number): LayerRefusal | null {
    if (this.#requests < 1) return { kind: 'requests_spent', rule: null, detail: null };
    if (this.#bytes <= 0) return { kind: 'bytes_spent', rule: null, detail: null };
    const wait = this.#bucket?.wait(now) ?? 0;
    if (wait === 0) return null;
    return { kind: 'rate', rule: null, detail: null, retryAfter: Math.ceil(wait) / 1000 };
  }

  /** Takes one request, of a `refuse` that answered null a moment ago. */
  takeRequest(now: number): void {
    this.#requests -= 1;
    this.#bucket?.take(now);
  }

  /** Takes bytes; false once more were taken than there were. */
  takeBytes(bytes: number): boolean {
    this.#bytes -= bytes;
    return this.#bytes >= 0;
  }
}
