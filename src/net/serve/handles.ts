/**
 * What one script holds: numbers that stand for things of the kernel. Trusted side. A table belongs to one link, so a
 * handle of another script can't be named; numbers are never used twice, so a closed one never becomes another's.
 */
import { LimitReachedError, SocketError } from '../../errors/classes.ts';
import type { HandleKind } from '../../wire/operations.ts';
import { WireViolation } from '../../wire/violation.ts';

/** Most sockets, listeners, bodies and clients that a script may hold at once. */
export const MAX_HANDLES = 1_024;
/** Most capabilities narrowed by one script: they cost little, and can only be given back with the script. */
export const MAX_CAPABILITIES = 65_536;

interface Held {
  readonly kind: HandleKind;
  readonly thing: object;
  /** Closes what the handle stands for. Must not throw. */
  readonly release: () => void;
}

export class Handles {
  readonly #held = new Map<number, Held>();
  readonly #counts: Record<HandleKind, number> = {
    net: 0,
    client: 0,
    body: 0,
    fetchList: 0,
    socket: 0,
    udp: 0,
    listener: 0,
    webSocket: 0,
    events: 0,
  };
  readonly #limit: number;
  #next = 0;

  /** `limit`: most sockets, listeners, bodies and clients at once. */
  constructor(limit: number = MAX_HANDLES) {
    this.#limit = limit;
  }

  /** How many things are held, the link's own net included. */
  get size(): number {
    return this.#held.size;
  }

  /** Throws LimitReachedError if one more of this kind would be too many: asked before anything is opened. */
  checkRoom(kind: HandleKind): void {
    if (kind === 'net') {
      if (this.#counts.net >= MAX_CAPABILITIES) {
        throw new LimitReachedError(`a script can narrow at most ${MAX_CAPABILITIES} capabilities`, {
          retryable: false,
        });
      }
      return;
    }
    if (this.#held.size - this.#counts.net >= this.#limit) {
      throw new LimitReachedError(
        `the script holds ${this.#limit} sockets, listeners, clients and bodies at once, the most it may`,
        {
          hint: 'close those that are no longer needed',
        },
      );
    }
  }

  add(kind: HandleKind, thing: object, release: () => void): number {
    this.checkRoom(kind);
    const handle = this.#next++;
    this.#held.set(handle, { kind, thing, release });
    this.#counts[kind] += 1;
    return handle;
  }

  /**
   * The thing behind a handle that came from the script, if it is of the class that is wanted. A closed handle is a
   * SocketError; one that was never given out is a violation, since no honest script's side can have it.
   */
  get<T extends object>(handle: number, kind: HandleKind, isWanted: (thing: object) => thing is T): T {
    const held = this.#find(handle);
    if (held === null) throw new SocketError('it is closed');
    if (held.kind !== kind || !isWanted(held.thing))
      throw new WireViolation(`the handle is a ${held.kind}, no ${kind}`);
    return held.thing;
  }

  /** As `get`, of any kind; null for a handle that is closed. */
  open<T extends object>(handle: number, isWanted: (thing: object) => thing is T): T | null {
    const held = this.#find(handle);
    if (held === null) return null;
    if (!isWanted(held.thing)) throw new WireViolation(`the handle is a ${held.kind}, which is not wanted here`);
    return held.thing;
  }

  #find(handle: number): Held | null {
    const held = this.#held.get(handle);
    if (held !== undefined) return held;
    if (handle >= 0 && handle < this.#next) return null;
    throw new WireViolation('a handle that was never given out');
  }

  /** Whether a handle is open. */
  holds(handle: number): boolean {
    return this.#held.has(handle);
  }

  /** Gives a handle back and closes what it stands for. Releasing one that is closed does nothing. */
  release(handle: number): void {
    const held = this.#held.get(handle);
    if (held === undefined) return;
    this.#forget(handle, held);
    held.release();
  }

  /** Takes a handle out of the table without closing the thing: it has become another thing (starttls). */
  detach(handle: number): void {
    const held = this.#held.get(handle);
    if (held !== undefined) this.#forget(handle, held);
  }

  /** Closes everything: the script has ended. */
  clear(): void {
    for (const handle of [...this.#held.keys()].reverse()) this.release(handle);
  }

  #forget(handle: number, held: Held): void {
    this.#held.delete(handle);
    this.#counts[held.kind] -= 1;
  }
}
