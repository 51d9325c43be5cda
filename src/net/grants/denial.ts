/**
 * The error that a verdict is raised as: class, message and hint. Trusted side, pure; host, path and rules are text from
 * outside and escaped. A message never says to add a flag that would not help, and tells a holder other than the user
 * nothing of what is above its own narrowing.
 */
import {
  AddressNotAllowedError,
  ArgumentError,
  BudgetExhaustedError,
  type CaspianError,
  type ErrorClass,
  HostNotAllowedError,
  PortNotAllowedError,
  RateLimitedError,
  RevokedError,
} from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { type Host, hostText } from '../address/host.ts';
import { closestRemark } from './closest.ts';
import { flagText } from './format.ts';
import type { Grants } from './grants.ts';
import type { Layer, LayerRefusal, RequestTarget } from './layer.ts';
import { allPorts, makeRule, type Pattern, type Rule } from './rule.ts';
import type { DenialKind, Denied } from './verdict.ts';

/** What was asked for when a verdict was given. */
export interface Ask {
  /** What the caller was doing: `connect`, `fetch`, `listen`, `resolve` … */
  readonly operation: string;
  /** Which question was put to the grants. */
  readonly use: 'connect' | 'raw' | 'request' | 'listen' | 'resolve' | 'address';
  readonly host: Host;
  /** Null where the question has no port. */
  readonly port: number | null;
  /** The host as the caller wrote it. */
  readonly written: string;
  /** Whoever asked, by role; without it, the host's own code. */
  readonly role?: string | undefined;
  readonly request?: RequestTarget | undefined;
  /** A redirect: where it came from and which one it is. */
  readonly from?: URL | undefined;
  readonly hop?: number | undefined;
}

/** The role that sees everything; all others see the narrowing that they hold. */
export const FULL_ROLE = 'user';

const CLASSES: Readonly<Record<DenialKind, ErrorClass>> = {
  no_grant: HostNotAllowedError,
  port: PortNotAllowedError,
  denied: HostNotAllowedError,
  denied_port: PortNotAllowedError,
  address: AddressNotAllowedError,
  raw: HostNotAllowedError,
  https_only: HostNotAllowedError,
  method: HostNotAllowedError,
  forbidden_method: ArgumentError,
  path: HostNotAllowedError,
  no_dns: HostNotAllowedError,
  revoked: RevokedError,
  expired: RevokedError,
  requests_spent: BudgetExhaustedError,
  bytes_spent: BudgetExhaustedError,
  rate: RateLimitedError,
  policy: HostNotAllowedError,
  policy_address: AddressNotAllowedError,
};

/** The error for a verdict that refuses. */
export function denial(grants: Grants, verdict: Denied, ask: Ask): CaspianError {
  const sees = seesLayer(grants, verdict, ask);
  const layer = grants.layers[verdict.layer];
  const reason = sees && layer !== undefined ? fullReason(grants, layer, verdict, ask) : REASONS[verdict.kind];
  return new CLASSES[verdict.kind](`${question(ask)}: ${reason}`, {
    host: ask.written,
    port: ask.port,
    operation: ask.operation,
    hint: sees && layer !== undefined ? hintFor(grants, layer, verdict, ask) : null,
    retryAfter: verdict.retryAfter,
  });
}

/** `user` sees every layer; any other role the narrowing that it holds, which is the last. */
function seesLayer(grants: Grants, verdict: Denied, { role }: Ask): boolean {
  if (role === undefined || role === FULL_ROLE) return true;
  return verdict.layer > 0 && verdict.layer === grants.layers.length - 1;
}

const PREPOSITIONS: Readonly<Record<string, string>> = { connect: ' to', listen: ' on' };

/** `connect to 0x7f.1:80 (127.0.0.1)`, `fetch api.example.com:443 (redirect 2, from https://a.example)`. */
function question({ operation, host, port, written, from, hop }: Ask): string {
  const canonical = hostText(host);
  const shown = isPlainSpelling(written, host) ? canonical : escapeText(written);
  const notes = shown === canonical ? [] : [canonical];
  if (from !== undefined) notes.push(`redirect ${hop ?? 1}, from ${escapeText(from.origin)}`);
  const place = port === null ? shown : `${shown}:${port}`;
  const name = Object.hasOwn(PREPOSITIONS, operation)
    ? `${operation}${PREPOSITIONS[operation]}`
    : escapeText(operation);
  return `${name} ${place}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

function isPlainSpelling(written: string, host: Host): boolean {
  return written === host.text || written === `[${host.text}]`;
}

/** What is said to whoever may not see the layer. */
const REASONS: Readonly<Record<DenialKind, string>> = {
  no_grant: 'this capability does not cover this host',
  port: 'this capability does not cover this port',
  denied: 'this capability does not cover this host',
  denied_port: 'this capability does not cover this port',
  address: 'every address behind this name is denied',
  raw: 'this capability allows HTTP requests only',
  https_only: 'this capability allows https only',
  method: 'this capability does not allow this method',
  forbidden_method: 'this method is never sent',
  path: 'this capability does not allow this path',
  no_dns: 'this capability allows no look-ups',
  revoked: 'this capability was revoked',
  expired: 'this capability has expired',
  requests_spent: 'the requests of this capability are used up',
  bytes_spent: 'the bytes of this capability are used up',
  rate: 'too many requests in a while',
  policy: 'under an egress nothing but HTTP goes out',
  policy_address: 'an address behind this name is not allowed',
};

function fullReason(grants: Grants, layer: Layer, verdict: Denied, ask: Ask): string {
  const { bounds } = layer;
  const rule = verdict.rule;
  switch (verdict.kind) {
    case 'no_grant':
    case 'port':
      return uncovered(layer, verdict, ask);
    case 'denied':
    case 'denied_port':
      return `denied by ${denyText(layer, rule)}`;
    case 'address':
      return addressReason(layer, verdict, ask);
    case 'raw':
      return `${layerText(layer)} allows HTTP requests only`;
    case 'https_only':
      return `${layerText(layer)} allows https only`;
    case 'method':
      return `${layerText(layer)} allows the methods ${listText(bounds.methods ?? [])}, not ${methodText(ask)}`;
    case 'forbidden_method':
      return `the method ${methodText(ask)} is never sent`;
    case 'path':
      return pathReason(layer, verdict);
    case 'no_dns':
      return '--no-dns turns look-ups off';
    case 'requests_spent':
      return `the ${bounds.maxRequests} requests of ${layerText(layer)} are used up`;
    case 'bytes_spent':
      return `the ${bounds.maxBytes} bytes of ${layerText(layer)} are used up`;
    case 'rate':
      return `${layerText(layer)} allows ${bounds.rate?.text}; try again in ${verdict.retryAfter} s`;
    case 'policy':
      return REASONS.policy;
    case 'policy_address':
      return `${verdict.address} ${verdict.detail}`;
    case 'revoked':
    case 'expired':
      return grants.layers.length === 1 ? REASONS[verdict.kind] : `${layerText(layer)} ${ENDED[verdict.kind]}`;
  }
}

const ENDED = { revoked: 'was revoked', expired: 'has expired' } as const;

function uncovered(layer: Layer, verdict: Denied, ask: Ask): string {
  const list = ask.use === 'listen' ? layer.listen : layer.connect;
  const what = ask.use === 'listen' ? 'interface' : 'host';
  if (verdict.kind === 'port') {
    const who = layer.kind === 'flags' ? `the grant of this ${what}` : layerText(layer);
    return `${who} does not cover port ${ask.port} (closest rule: ${verdict.rule})`;
  }
  const reason =
    layer.kind === 'flags' ? `no grant covers this ${what}` : `${layerText(layer)} does not cover this ${what}`;
  const remark = closestRemark(list.rules, ask.host);
  return remark === null ? reason : `${reason} (${remark})`;
}

function addressReason(layer: Layer, { rule, address }: Denied, { host }: Ask): string {
  if (rule === null) return 'there is no address behind the name that can be dialled';
  const what = host.kind === 'ip' ? 'the address' : 'every address behind the name';
  return `${what} is denied (${address} by ${denyText(layer, rule)})`;
}

function pathReason(layer: Layer, { detail }: Denied): string {
  const patterns = listText((layer.bounds.paths ?? []).map(({ text }) => text));
  const reason = `${layerText(layer)} allows the paths ${patterns}`;
  return detail === null ? `${reason}, not this one` : `${reason}; this one ${detail}`;
}

function methodText({ request }: Ask): string {
  return escapeText(request?.method ?? '');
}

function denyText(layer: Layer, rule: string | null): string {
  if (layer.kind === 'narrowing') return `the deny rule ${rule} of ${layerText(layer)}`;
  return layer.deny.bare ? '--deny-net' : flagText('denyNet', rule ?? '*');
}

/** `the narrowing to [a, b]`: there is no better name for a narrowing than what it was given. */
function layerText(layer: Layer): string {
  return layer.kind === 'flags'
    ? 'the grant'
    : `the narrowing to [${listText(layer.connect.rules.map(({ text }) => text))}]`;
}

const SHOWN = 5;

function listText(items: readonly string[]): string {
  const shown = items.slice(0, SHOWN).map(escapeText).join(', ');
  return items.length > SHOWN ? `${shown} and ${items.length - SHOWN} more` : shown;
}

/** What would help. A flag only where that flag alone would. */
function hintFor(grants: Grants, layer: Layer, verdict: Denied, ask: Ask): string | null {
  if (verdict.hint !== null) return verdict.hint;
  if (layer.kind === 'narrowing') return narrowingHint(layer, verdict.kind);
  if (verdict.kind === 'denied' || verdict.kind === 'denied_port' || verdict.kind === 'address') {
    if (verdict.rule === null) return null;
    return `${denyText(layer, verdict.rule)} takes it away, whatever is allowed`;
  }
  if (verdict.kind !== 'no_grant' && verdict.kind !== 'port') return null;
  const other = otherRefusal(grants, ask);
  if (other !== null) return `a flag alone would not help: ${other}`;
  const rule = neededRule(ask);
  return `run again with ${flagText(ask.use === 'listen' ? 'allowListen' : 'allowNet', rule.text)}`;
}

const BUDGET_KINDS: readonly DenialKind[] = [
  'revoked',
  'expired',
  'requests_spent',
  'bytes_spent',
  'rate',
  'forbidden_method',
];

function narrowingHint(layer: Layer, kind: DenialKind): string | null {
  return BUDGET_KINDS.includes(kind) ? null : `it is ${layerText(layer)} that refuses; no flag changes that`;
}

/** Who else would refuse, if the flags granted what was asked for. */
function otherRefusal(grants: Grants, ask: Ask): string | null {
  const [flags, ...narrowings] = grants.layers;
  const denied = flags === undefined ? null : denyingRule(flags, ask);
  if (flags !== undefined && denied !== null) return `${denyText(flags, denied.text)} denies it`;
  const narrowing = narrowings.find((layer) => refusalOf(layer, ask) !== null);
  return narrowing === undefined ? null : `${layerText(narrowing)} does not allow it either`;
}

function denyingRule(flags: Layer, { use, host, port }: Ask): Rule | null {
  return use === 'listen' ? flags.denyAllRule : flags.denyingRule(host, port ?? 1);
}

function refusalOf(layer: Layer, { use, host, port, request }: Ask): LayerRefusal | null {
  const at = port ?? 1;
  switch (use) {
    case 'connect':
      return layer.refuseConnect(host, at);
    case 'raw':
      return layer.refuseRaw(host, at);
    case 'request':
      return request === undefined ? layer.refuseConnect(host, at) : layer.refuseRequest(host, at, request);
    case 'listen':
      return layer.refuseListen(host, at);
    case 'resolve':
      return layer.refuseResolve(host);
    case 'address':
      return host.kind === 'ip' ? layer.refuseAddress(host.ip, at) : null;
  }
}

/** The smallest rule that grants what was asked for. */
function neededRule({ use, host, port }: Ask): Rule {
  const pattern: Pattern = host.kind === 'ip' ? { kind: 'ip', ip: host.ip } : { kind: 'name', name: host.text };
  const kind = use === 'listen' ? 'listen' : 'connect';
  return makeRule(kind, pattern, port === null ? allPorts(kind) : { from: port, to: port });
}
