/**
 * One entry of a policy: a connect rule with what holds for the hosts that it covers. Trusted side, pure; what an
 * operator wrote is raw until it has been read here.
 */
import { ArgumentError, GrantSyntaxError } from '../../errors/classes.ts';
import { escapeText } from '../../net/address/escape.ts';
import { isSetName } from '../../net/address/sets.ts';
import { readDuration } from '../../net/durations.ts';
import { readRules } from '../../net/grants/input.ts';
import { type Rate, readRate } from '../../net/grants/narrowing.ts';
import { coversAllPorts, makeRule, type Ports, type Rule } from '../../net/grants/rule.ts';
import { RuleTable } from '../../net/grants/table.ts';
import {
  custom,
  flag,
  integer,
  type OptionsOf,
  type Read,
  type SettledOptions,
  settleOptions,
} from '../../net/options.ts';

export type EntryKind = 'allow' | 'deny';

const NO_LIMIT = null;

function duration(doc: string) {
  return custom({
    type: 'duration',
    range: "seconds, or '500ms', '30s', '5m', '2h', '7d'",
    default: NO_LIMIT,
    doc,
    read: (raw): Read<number | null> => (raw === null ? { value: null } : readDuration(raw)),
  });
}

export const ENTRY_OPTIONS = Object.freeze({
  httpsOnly: flag({ default: true, doc: 'Whether http: is refused there.' }),
  rate: custom({
    type: 'rate',
    range: "count/unit, such as '60/min'",
    default: NO_LIMIT,
    doc: 'Requests that this entry lets through.',
    read: (raw): Read<Rate | null> => (raw === null ? { value: null } : readRate(raw)),
  }),
  burst: integer({
    default: NO_LIMIT,
    min: 1,
    max: 1_000_000,
    doc: 'How many of the rate may come at once; default: all.',
  }),
  maxResponse: integer({
    default: NO_LIMIT,
    min: 0,
    max: 2 ** 30,
    unit: 'bytes',
    doc: 'The most that a body may be, decoded.',
  }),
  timeout: duration('The whole call, where the caller does not say.'),
  cacheTtl: duration('How long responses are kept, where the caller does not say.'),
  shared: flag({ default: false, doc: 'Whether apps share what is kept of these hosts.' }),
  allowAddresses: custom({
    type: 'list of networks',
    range: 'addresses and CIDR',
    default: Object.freeze([]) as readonly Rule[],
    doc: 'Addresses that are not public and may be reached all the same, for these hosts alone.',
    read: (raw): Read<readonly Rule[]> => readNetworks(raw, 'allowAddresses'),
  }),
});

/**
 * What goes with a rule that lets hosts out. Units and defaults: spec/egress.md, "What may go
 * out".
 */
export type EntryOptions = Omit<OptionsOf<typeof ENTRY_OPTIONS>, 'rate' | 'timeout' | 'cacheTtl' | 'allowAddresses'> & {
  readonly rate?: string | null | undefined;
  readonly timeout?: string | number | null | undefined;
  readonly cacheTtl?: string | number | null | undefined;
  readonly allowAddresses?: readonly string[] | undefined;
};

type Settled = SettledOptions<typeof ENTRY_OPTIONS>;

export interface Entry extends Omit<Settled, 'allowAddresses'> {
  readonly kind: EntryKind;
  /** Null: for all apps. */
  readonly app: string | null;
  /** Canonical: names the entry among those of its kind and app. */
  readonly text: string;
  /** What it covers. */
  readonly rules: readonly Rule[];
  readonly allowed: RuleTable;
}

const HTTPS: Ports = { from: 443, to: 443 };
const HTTP: Ports = { from: 80, to: 80 };
const APP = /^[A-Za-z0-9._-]{1,128}$/;

/** An app's name. Raises ArgumentError. */
export function checkApp(raw: unknown): string {
  if (typeof raw === 'string' && APP.test(raw)) return raw;
  throw new ArgumentError(`an app's name is 1 to 128 letters, digits, ., _ and -, not "${escapeText(raw)}"`);
}

/** What to do where a rule is an address. */
const NAMES_ALONE: Readonly<Record<EntryKind, string>> = {
  allow: 'allow the name, and open its addresses with allowAddresses, --allow-address',
  deny: 'deny the name; what is not public is refused anyway',
};

/** Reads an entry. Raises GrantSyntaxError for its rule, ArgumentError for its options. */
export function readEntry(kind: EntryKind, app: string | null, rule: string, options?: unknown): Entry {
  if (isSetName(rule)) throw isAddress(kind, rule, 'names a set of addresses');
  const [read, ...more] = readRules([rule], 'connect', kind);
  if (read === undefined || more.length > 0) throw new GrantSyntaxError(`${kind}: one rule an entry`);
  const { pattern } = read;
  if (pattern.kind === 'ip' || pattern.kind === 'cidr') {
    throw isAddress(kind, rule, pattern.kind === 'ip' ? 'is an address' : 'is a network');
  }
  const { allowAddresses, ...settled } = settleOptions(ENTRY_OPTIONS, options, kind);
  const everyPort = rule.trim().endsWith(':*');
  const implied = coversAllPorts(read) && !everyPort;
  const ports = !implied || kind === 'deny' ? [read.ports] : settled.httpsOnly ? [HTTPS] : [HTTPS, HTTP];
  return Object.freeze({
    ...settled,
    kind,
    app,
    text: everyPort && kind === 'allow' ? `${read.text}:*` : read.text,
    rules: ports.map((range) => makeRule('connect', pattern, range)),
    allowed: RuleTable.of(allowAddresses),
  });
}

function isAddress(kind: EntryKind, rule: string, what: string): GrantSyntaxError {
  return new GrantSyntaxError(`${kind}: "${escapeText(rule)}" ${what}, and egress goes to names alone`, {
    hint: NAMES_ALONE[kind],
  });
}

/** `what` names the option that they came in, for the errors that it raises for what is no rule at all. */
export function readNetworks(raw: unknown, what: string): Read<readonly Rule[]> {
  const rules = readRules(raw, 'deny', what);
  const wrong = rules.find(({ pattern }) => pattern.kind !== 'ip' && pattern.kind !== 'cidr');
  if (wrong !== undefined) return { refused: `takes addresses and networks, not "${wrong.text}"` };
  return { value: rules };
}
