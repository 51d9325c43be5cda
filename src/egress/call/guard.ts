/**
 * What goes with one call from its first request to the last byte: each request decided anew and charged, the secret put
 * in and taken out, the slot held. Trusted side.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { Head } from '../../net/http/exchange.ts';
import { type CallEnd, type CallGuard, type HopAsk, type HopExtras, NO_EXTRAS } from '../../net/http/policy.ts';
import type { SecretReference } from '../../net/http/secret.ts';
import type { RawHeaders } from '../../net/http/undici.ts';
import type { EnterAsk, Gate, Leave } from '../limits/gate.ts';
import type { LivePolicy, Standing } from '../policy/live.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import { inject, Mask } from '../secrets/injection.ts';
import { andThen } from '../state/eventual.ts';
import type { Eventual } from '../state/state.ts';
import type { Door } from './door.ts';
import { secretUse } from './going.ts';
import type { CallRecord } from './record.ts';

const UNAUTHORIZED = 401;

export interface GuardParts {
  readonly door: Door;
  readonly live: LivePolicy;
  readonly gate: Gate;
  readonly ask: EnterAsk;
  readonly secret: SecretReference | null;
  /** Whether the request's body can be sent once more. */
  readonly repeats: boolean;
  readonly record: CallRecord;
  readonly leave: Leave;
  readonly noter: CallNoter;
}

/** Writes down how a call went; what comes after the first time is nothing new. */
export interface CallNoter {
  note(record: CallRecord, end: CallEnd): void;
}

export class Guard implements CallGuard {
  readonly #parts: GuardParts;
  /** Over every value that has been sent with this call; null before the first. */
  #mask: Mask | null = null;
  /** Which value of the secret is sent: 0 is the newest, 1 the one before the last rotation. */
  #generation = 0;
  #hasOlder = false;
  /** The response that has come is not the last: another follows, with the older value. */
  #again = false;
  /** Of the body, with the newest value. */
  #bytesBefore = 0;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** Whether a secret is to go along. */
  get sendsSecret(): boolean {
    return this.#parts.secret !== null;
  }

  /** Whether what was answered so calls for the value before the last rotation, which still counts and was not tried. */
  wantsOlder(status: number): boolean {
    return status === UNAUTHORIZED && this.#hasOlder && this.#generation === 0;
  }

  /** From now on the older value is sent. */
  tryOlder(): void {
    this.#generation = 1;
  }

  hop(hop: HopAsk): Eventual<HopExtras> {
    return andThen(this.#parts.live.current(), (standing) => this.#charge(hop, standing));
  }

  #charge(hop: HopAsk, standing: Standing): Eventual<HopExtras> {
    const { door, gate, ask, record } = this.#parts;
    const verdict = door.decide(standing, hop, record);
    const charged = gate.charge(verdict.buckets, ask);
    return charged instanceof Promise ? this.#goLater(charged, hop) : this.#go(hop, standing, verdict);
  }

  /** SECURITY: by the policy and the secrets of when the wait is over (test/attacks/egress-changed-while-waiting.test.ts). */
  async #goLater(charged: Promise<void>, hop: HopAsk): Promise<HopExtras> {
    await charged;
    const { door, live, record } = this.#parts;
    const standing = await live.current();
    return this.#go(hop, standing, door.decide(standing, hop, record));
  }

  #go(hop: HopAsk, standing: Standing, verdict: PolicyVerdict): HopExtras {
    this.#parts.record.tries += 1;
    return this.#inject(hop, standing, verdict);
  }

  #inject(hop: HopAsk, { secrets }: Standing, { entry }: PolicyVerdict): HopExtras {
    const { door, secret, repeats } = this.#parts;
    if (secret === null || !hop.carriesSecret) return NO_EXTRAS;
    const use = secretUse(door.app, hop, entry);
    // A redirect to where the secret is not for goes on without it.
    if (hop.from !== null && !secrets.allows(secret.secret, use)) return NO_EXTRAS;
    const values = secrets.open(secret.secret, use);
    // SECURITY: a body that is read once would go out empty the second time (test/attacks/egress-rotated-stream.test.ts).
    this.#hasOlder = repeats && values.length > 1;
    const value = values[Math.min(this.#generation, values.length - 1)];
    if (value === undefined) return NO_EXTRAS;
    this.#mask ??= new Mask();
    this.#mask.add(value, secret.place);
    return inject(value, secret.place);
  }

  failed(error: unknown, bytesOut: number): void {
    this.#end({ error, bytesIn: 0, bytesOut });
  }

  dialled(address: string): void {
    this.#parts.record.address = address;
  }

  answered(head: Head): Head {
    this.#parts.record.status = head.status;
    // Known here and not later: a short body may be over before anybody has seen its response.
    this.#again = this.wantsOlder(head.status);
    const mask = this.#mask;
    return mask === null ? head : { ...head, reason: mask.text(head.reason), headers: mask.headers(head.headers) };
  }

  trailed(trailers: RawHeaders): RawHeaders {
    return this.#mask?.headers(trailers) ?? trailers;
  }

  arrived(): void {
    if (!this.#again) this.#parts.leave();
  }

  over(end: CallEnd): void {
    if (this.#again) {
      this.#again = false;
      this.#bytesBefore = end.bytesOut;
      return;
    }
    this.#end(closedEarly(end) ? { ...end, error: null } : end);
  }

  #end(end: CallEnd): void {
    const { leave, noter, record } = this.#parts;
    leave();
    const before = this.#bytesBefore;
    noter.note(record, before === 0 ? end : { ...end, bytesOut: before + end.bytesOut });
  }
}

/** The caller did not want the rest of a body: nothing went wrong. */
function closedEarly({ error }: CallEnd): boolean {
  return error instanceof ArgumentError;
}
