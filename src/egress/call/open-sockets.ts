/**
 * WebSockets that are open, held to the policy as it is now: what it refuses later on ends. Trusted side. Other calls last
 * no longer than their time-out, and what they began under goes for all of them.
 */
import { AddressNotAllowedError, type CaspianError } from '../../errors/classes.ts';
import { hostText } from '../../net/address/host.ts';
import { parseIp } from '../../net/address/ip.ts';
import type { AddressRefusal } from '../../net/capability.ts';
import type { Clock, Timer } from '../../net/clock.ts';
import type { HopAsk } from '../../net/http/policy.ts';
import type { LivePolicy, Standing } from '../policy/live.ts';
import type { Door } from './door.ts';
import type { CallRecord } from './record.ts';

/** How often the policy is looked at while one is open: no call may come that does. */
const LOOK_MS = 1_000;
const CLOSE_MS = 1_000;

/** One that is open. */
export interface HeldSocket {
  readonly door: Door;
  /** What it was let out as. */
  readonly going: HopAsk;
  readonly record: CallRecord;
  /** What was dialled. */
  readonly address: string;
  /** Ends it, with that error. */
  readonly end: (reason: unknown) => void;
}

export class OpenSockets {
  readonly #live: LivePolicy;
  readonly #clock: Clock;
  readonly #held = new Set<HeldSocket>();
  /** Those that the policy has ended: their connections may still be closing. */
  readonly #ended = new WeakSet<HeldSocket>();
  #timer: Timer | null = null;
  /** Why none may be open any more; null while they may. */
  #closed: { readonly reason: CaspianError } | null = null;
  #whenEmpty: () => void = () => {};

  constructor(live: LivePolicy, clock: Clock) {
    this.#live = live;
    this.#clock = clock;
    live.onChange((standing) => {
      for (const socket of this.#held) this.#decide(socket, standing);
    });
  }

  hold(socket: HeldSocket): void {
    this.#held.add(socket);
    this.#timer ??= this.#clock.after(LOOK_MS, () => this.#look());
    if (this.#closed !== null) {
      socket.end(this.#closed.reason);
      return;
    }
    // The policy may have changed while it was opened.
    const standing = this.#live.last;
    if (standing !== null) this.#decide(socket, standing);
  }

  /** It is over. */
  release(socket: HeldSocket): void {
    this.#held.delete(socket);
    if (this.#held.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#whenEmpty();
  }

  /**
   * Ends all, and each that opens from now on. Resolves when all are over, after a second at most. SECURITY: they are in no
   * pool that is closed (test/attacks/egress-closed-sockets.test.ts).
   */
  async close(reason: CaspianError): Promise<void> {
    this.#closed = { reason };
    if (this.#held.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenEmpty = resolve;
    for (const { end } of this.#held) end(reason);
    const late = this.#clock.after(CLOSE_MS, resolve);
    await promise;
    late.cancel();
  }

  /** A state that is away changes nothing for what is open. */
  #look(): void {
    this.#timer = this.#clock.after(LOOK_MS, () => this.#look());
    this.#live.look();
  }

  #decide(socket: HeldSocket, standing: Standing): void {
    if (this.#ended.has(socket)) return;
    const { door, going, record, address, end } = socket;
    try {
      door.decide(standing, going, record);
      const ip = parseIp(address);
      const refused = ip === null ? null : door.refuseAddress(going.target, ip);
      if (refused !== null) throw addressDenial(going, address, refused);
    } catch (denial) {
      this.#ended.add(socket);
      end(denial);
    }
  }
}

function addressDenial({ target }: HopAsk, address: string, { reason, hint }: AddressRefusal): CaspianError {
  const { host, port } = target;
  return new AddressNotAllowedError(`web_socket ${hostText(host)}:${port}: ${address} ${reason}`, {
    host: host.text,
    port,
    operation: 'web_socket',
    hint,
  });
}
