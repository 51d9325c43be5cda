/**
 * What goes with one call from its first request to the last byte: each request decided anew and charged, the secret put
 * in and taken out, the slot held. Trusted side.
 */
import type { CallEnd, CallGuard, HopAsk, HopExtras } from '../../net/http/policy.ts';
import type { SecretReference } from '../../net/http/secret.ts';
import type { RawHeaders } from '../../net/http/undici.ts';
import type { EnterAsk, Gate, Leave } from '../limits/gate.ts';
import type { RateKey } from '../limits/rates.ts';
import type { Entry } from '../policy/entry.ts';
import type { Standing } from '../policy/live.ts';
import { inject, maskHeaders, NOTHING } from '../secrets/injection.ts';
import type { CallRecord } from './record.ts';
import type { Run } from './run.ts';

export interface GuardParts {
  readonly run: Run;
  readonly gate: Gate;
  readonly ask: EnterAsk;
  readonly secret: SecretReference | null;
  readonly record: CallRecord;
  readonly leave: Leave;
  readonly onOver: (end: CallEnd) => void;
}

export class Guard implements CallGuard {
  readonly #parts: GuardParts;
  /** Every value that has been sent with this call. */
  readonly #sent = new Set<string>();
  /** Which value of the secret is sent: 0 is the newest, 1 the one before the last rotation. */
  #generation = 0;
  #hasOlder = false;
  #again = false;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** Whether the value before the last rotation still counts and was not tried. */
  get hasOlder(): boolean {
    return this.#hasOlder && this.#generation === 0;
  }

  /** The response that has come is not the last: another follows, with the older value. */
  tryOlder(): void {
    this.#generation = 1;
    this.#again = true;
  }

  async hop(hop: HopAsk): Promise<HopExtras> {
    const { run, gate, ask, record } = this.#parts;
    const { standing, verdict } = await run.decide(hop);
    record.decided(verdict);
    await gate.charge(rateKeys(ask, hop, verdict.entry, standing), ask);
    record.tries += 1;
    return this.#inject(hop, standing);
  }

  #inject(hop: HopAsk, standing: Standing): HopExtras {
    const { run, secret } = this.#parts;
    if (secret === null) return NOTHING;
    const use = run.secretUse(hop);
    // A redirect to where the secret is not for goes on without it.
    if (hop.from !== null && !standing.secrets.allows(secret.secret, use)) return NOTHING;
    const values = standing.secrets.open(secret.secret, use);
    this.#hasOlder = values.length > 1;
    const value = values[Math.min(this.#generation, values.length - 1)];
    if (value === undefined) return NOTHING;
    this.#sent.add(value);
    return inject(value, secret.place);
  }

  dialled(address: string): void {
    this.#parts.record.address = address;
  }

  answered(status: number, headers: RawHeaders): RawHeaders {
    this.#parts.record.status = status;
    return this.#sent.size === 0 ? headers : maskHeaders(headers, [...this.#sent]);
  }

  over(end: CallEnd): void {
    if (this.#again) {
      this.#again = false;
      return;
    }
    this.#parts.leave();
    this.#parts.onOver(end);
  }
}

/** Every bucket that one request draws on. One whose rate is changed is another bucket. */
function rateKeys(
  { app, settings }: EnterAsk,
  { target }: HopAsk,
  entry: Entry | null,
  { policy }: Standing,
): RateKey[] {
  const { total_rate, host_rate } = policy.settings(null);
  const host = target.host.text;
  const keys: RateKey[] = [
    {
      key: `app:${app} ${settings.app_rate.text}`,
      rate: settings.app_rate,
      burst: null,
      rule: `app_rate ${settings.app_rate.text}`,
    },
    { key: `all ${total_rate.text}`, rate: total_rate, burst: null, rule: `total_rate ${total_rate.text}` },
  ];
  if (host_rate !== null) {
    keys.push({
      key: `host:${host} ${host_rate.text}`,
      rate: host_rate,
      burst: null,
      rule: `host_rate ${host_rate.text}`,
    });
  }
  if (entry !== null && entry.rate !== null) {
    const key = `entry:${entry.app ?? ''}:${entry.text} ${entry.rate.text}`;
    keys.push({ key, rate: entry.rate, burst: entry.burst, rule: `${entry.text} ${entry.rate.text}` });
  }
  return keys;
}
