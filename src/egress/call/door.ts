/**
 * The policy of an egress at the door of one app's nets: asked of each request, and of each address behind a name. Trusted
 * side.
 */
import { SocketError } from '../../errors/classes.ts';
import type { IpAddress } from '../../net/address/ip.ts';
import type { Target } from '../../net/address/target.ts';
import type { AddressRefusal, DoorPolicy, PolicyRequest } from '../../net/capability.ts';
import { makeRule } from '../../net/grants/rule.ts';
import { RuleTable } from '../../net/grants/table.ts';
import type { HopAsk } from '../../net/http/policy.ts';
import { operationOf } from '../operation.ts';
import { AND_THE_REST, allowCommand, policyDenial } from '../policy/denial.ts';
import type { LivePolicy, Standing } from '../policy/live.ts';
import type { PolicyQuestion } from '../policy/policy.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import { goingTo } from './going.ts';
import type { CallRecord } from './record.ts';

const SPECIAL = RuleTable.of([makeRule('deny', { kind: 'set', name: 'special' })]);
const SOME_PORT = 1;

/** What was found of an address, which never changes: that of a connection is asked for whenever it is lent. */
const found = new WeakMap<IpAddress, boolean>();

function isSpecial(ip: IpAddress): boolean {
  const known = found.get(ip);
  if (known !== undefined) return known;
  const isRefused = SPECIAL.findAddress(ip, SOME_PORT) !== null;
  found.set(ip, isRefused);
  return isRefused;
}

export class Door implements DoorPolicy {
  readonly app: string;
  readonly #live: LivePolicy;

  constructor(live: LivePolicy, app: string) {
    this.app = app;
    this.#live = live;
  }

  /** With the policy as it was when the call began; the call's guard asks `decide` again, just before it goes out. */
  permit(request: PolicyRequest): string | null {
    return this.decide(this.#known(), { target: request, url: request.url, from: request.from ?? null }).rule;
  }

  allows({ host, port }: Target): boolean {
    return this.#known().policy.of(this.app).decide({ host, port, plain: false }).refusal === null;
  }

  refuseAddress({ host, port }: Target, ip: IpAddress): AddressRefusal | null {
    if (!isSpecial(ip)) return null;
    const entry = this.#known().policy.of(this.app).entryFor(host, port);
    // No looking through what embeds an address here: an exception is for what was written.
    if (entry?.allowed.findHost({ kind: 'ip', text: ip.text, ip }) != null) return null;
    const flags = [...(entry?.httpsOnly === false ? ['--http'] : []), '--allow-address', ip.text];
    return {
      reason: 'is not public, and no entry of the egress policy opens it',
      hint: `the operator opens it with: ${allowCommand({ app: this.app, host, port }, flags)} ${AND_THE_REST}`,
    };
  }

  /** What the policy was when it was last read: at the beginning of a call at the latest. */
  #known(): Standing {
    const known = this.#live.last;
    if (known === null) throw new SocketError('the policy of the egress has not been read');
    return known;
  }

  /** What the policy says of one request; `record` is told of it in any case. Raises its denial. */
  decide(
    { policy }: Standing,
    going: Pick<HopAsk, 'url' | 'target' | 'from'>,
    record?: Pick<CallRecord, 'decided'>,
  ): PolicyVerdict {
    const asked = this.#question(going.url, going.target);
    const verdict = policy.decide(asked);
    record?.decided(verdict);
    if (verdict.refusal === null) return verdict;
    const operation = operationOf(going.url);
    throw policyDenial(verdict.refusal, verdict, { ...asked, operation, from: going.from?.origin ?? null });
  }

  /** Whether it lets what is kept of that URL be seen. */
  lets({ policy }: Standing, url: URL): boolean {
    return policy.decide(this.#question(url, goingTo(url, 'GET').target)).refusal === null;
  }

  #question({ protocol }: URL, { host, port }: Target): PolicyQuestion {
    return { app: this.app, host, port, plain: protocol === 'http:' || protocol === 'ws:' };
  }
}
