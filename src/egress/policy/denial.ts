/**
 * The error for a request that a policy refuses. Trusted side, pure; host and scheme are text from outside and escaped.
 */
import { type CaspianError, HostNotAllowedError, PortNotAllowedError } from '../../errors/classes.ts';
import { escapeText } from '../../net/address/escape.ts';
import { hostText } from '../../net/address/host.ts';
import type { Operation } from '../operation.ts';
import type { PolicyQuestion } from './policy.ts';
import type { PolicyVerdict, RefusalKind } from './verdict.ts';

/** In words, for errors and for `explain`. */
export const REFUSALS: Readonly<Record<RefusalKind, string>> = {
  no_entry: 'no entry of the egress policy covers this host',
  port: 'the entry of the egress policy does not cover this port',
  denied: 'the egress policy denies this host',
  http: 'the egress policy lets https alone go there',
  literal: 'the egress goes to names, not to addresses',
};

/** What was to be done; `from`: of a redirect, the origin that led here. */
export interface Asked extends PolicyQuestion {
  readonly operation: Operation;
  readonly from: string | null;
}

export function policyDenial(refusal: RefusalKind, verdict: PolicyVerdict, asked: Asked): CaspianError {
  const { rule } = verdict;
  const { host, port, operation, from } = asked;
  const Refused = refusal === 'port' ? PortNotAllowedError : HostNotAllowedError;
  const hop = from === null ? '' : ` (redirect from ${escapeText(from)})`;
  const by = rule === null ? '' : ` (${rule})`;
  const denial = new Refused(`${operation} ${hostText(host)}:${port}${hop}: ${REFUSALS[refusal]}${by}`, {
    host: host.text,
    port,
    operation,
    hint: hintFor(refusal, asked),
  });
  verdicts.set(denial, verdict);
  return denial;
}

const verdicts = new WeakMap<object, PolicyVerdict>();

/** What the policy said where this is its denial. */
export function verdictOf(denial: unknown): PolicyVerdict | undefined {
  return typeof denial === 'object' && denial !== null ? verdicts.get(denial) : undefined;
}

function hintFor(refusal: RefusalKind, { app, host, port, plain }: Asked): string | null {
  const http = plain ? ['--http'] : [];
  if (refusal === 'no_entry' || refusal === 'port')
    return `the operator allows it with: ${allowCommand({ app, host, port }, http)}`;
  if (refusal === 'http') {
    const command = allowCommand({ app, host, port }, http);
    return `ask for https, or the operator allows http with: ${command} ${AND_THE_REST}`;
  }
  return null;
}

/** What adds an entry replaces the one that is there. */
export const AND_THE_REST = "(and the entry's other options again)";

/** What adds an entry, as an operator types it. */
export function allowCommand(
  { app, host, port }: Pick<Asked, 'app' | 'host' | 'port'>,
  flags: readonly string[],
): string {
  const target = `${hostText(host)}${port === 443 || port === 80 ? '' : `:${port}`}`;
  return ['caspian-net allow add', target, ...flags, '--app', app].join(' ');
}
