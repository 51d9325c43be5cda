/**
 * One TCP connection out of several vetted addresses ("happy eyeballs", RFC 8305): each is tried a little after the one
 * before, none is given up for being slow, the first that answers wins and the others are closed. Trusted side.
 */
import type { Socket } from 'node:net';
import type { Target } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import { type About, type Bounds, type Outcome, runStep } from './deadline.ts';
import { openTcp } from './powers.ts';
import { codeOf, translate } from './translate.ts';

/** RFC 8305 section 8: the delay before the next address is tried as well. */
export const ATTEMPT_DELAY_MS = 250;
/** A name's owner must not make one connect into a scan. */
export const MAX_ATTEMPTS = 8;

/** A connection, and the vetted address that it was made to. */
export interface Reached {
  readonly socket: Socket;
  readonly address: VettedAddress;
}

/** As Bounds, of an operation that has a port to connect to. */
export interface ConnectBounds extends Bounds {
  readonly about: About & { readonly target: Target };
}

/** How one address is tried: `openTcp`, or a test's own. */
export type OpenAttempt = (address: VettedAddress, port: number) => Socket;

/** Connects to one of the addresses. Raises the failure that tells most if none can be reached. */
export function connectFirst(
  addresses: readonly VettedAddress[],
  bounds: ConnectBounds,
  open: OpenAttempt = openTcp,
): Promise<Reached> {
  bounds.deadline.phase = 'connect';
  return runStep<Reached>(bounds, (outcome) => {
    const race = new Race(addresses.slice(0, MAX_ATTEMPTS), bounds, outcome, open);
    race.tryNext();
    return () => race.close();
  });
}

class Race {
  readonly #waiting: VettedAddress[];
  readonly #open = new Set<Socket>();
  readonly #failures: unknown[] = [];
  readonly #bounds: ConnectBounds;
  readonly #outcome: Outcome<Reached>;
  readonly #attempt: OpenAttempt;
  #timer: { cancel(): void } | null = null;

  constructor(
    addresses: readonly VettedAddress[],
    bounds: ConnectBounds,
    outcome: Outcome<Reached>,
    attempt: OpenAttempt,
  ) {
    this.#waiting = [...addresses];
    this.#bounds = bounds;
    this.#outcome = outcome;
    this.#attempt = attempt;
  }

  tryNext(): void {
    this.#timer?.cancel();
    const address = this.#waiting.shift();
    if (address === undefined) return;
    const socket = this.#attempt(address, this.#bounds.about.target.port);
    this.#open.add(socket);
    socket.once('connect', () => this.#won({ socket, address }));
    // Stays for the socket's life: an error that nobody listens for would end the process.
    socket.on('error', (error) => this.#lost(socket, error));
    if (this.#waiting.length > 0) {
      this.#timer = this.#bounds.deadline.clock.after(ATTEMPT_DELAY_MS, () => this.tryNext());
    }
  }

  /** Ends every attempt that is under way. */
  close(): void {
    this.#timer?.cancel();
    this.#waiting.length = 0;
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  #won(reached: Reached): void {
    this.#open.delete(reached.socket);
    this.close();
    this.#outcome.done(reached);
  }

  #lost(socket: Socket, error: Error): void {
    if (!this.#open.delete(socket)) return;
    this.#failures.push(error);
    if (this.#waiting.length > 0) this.tryNext();
    else if (this.#open.size === 0) {
      this.#outcome.failed(translate(mostTelling(this.#failures), { ...this.#bounds.about, phase: 'connect' }));
    }
  }
}

/** That a family has no route says less than that a host refused. */
const NO_ROUTE: ReadonlySet<string | null> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

function mostTelling(failures: readonly unknown[]): unknown {
  return failures.find((failure) => !NO_ROUTE.has(codeOf(failure))) ?? failures[0];
}
