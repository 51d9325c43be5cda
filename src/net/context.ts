/**
 * What goes with a call beside its options: for interpreters that call on behalf of a script. Trusted side.
 */
import type { Allowance } from './allowance.ts';
import type { By } from './decision.ts';
import type { Intake } from './socket/intake.ts';

/** What goes with a call beside its options. */
export interface CallContext {
  /** Aborted, it ends the call: this rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Who asks: a claim, for reports and the wording of denials. */
  readonly by?: By | undefined;
}

/** As CallContext, of a datagram socket or a listener: what it and others may hold together, in bytes or in peers. */
export interface BoundedContext extends CallContext {
  readonly allowance?: Allowance | undefined;
}

/** As CallContext, of a connection: what a plain one is read through. */
export interface ConnectContext extends CallContext {
  readonly intake?: Intake | undefined;
}
