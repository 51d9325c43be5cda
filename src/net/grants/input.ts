/**
 * Lists of rules as flags and callers give them, read into rules. Trusted side, pure; every value is raw until here.
 */

import { GrantSyntaxError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { nearestName } from '../options.ts';
import { makeRule, type Rule, type RuleUse } from './rule.ts';
import { parseRule } from './syntax.ts';

/** Rules as a flag gives them. `true` is the bare flag; each string may hold several rules, separated by commas. */
export type RuleInput = true | string | readonly string[];

/**
 * Grants as flags and `Grants.format` give them. Nothing given is nothing granted; unknown keys raise
 * GrantSyntaxError.
 */
export interface GrantsInput {
  /** Hosts to connect to. Default: none. */
  readonly allowNet?: RuleInput | false | undefined;
  /** What is denied, whatever is allowed. Default: nothing. */
  readonly denyNet?: RuleInput | false | undefined;
  /** Interfaces and ports to listen on. Default: none. */
  readonly allowListen?: RuleInput | false | undefined;
  /** `resolve` of any name, granted or not. Default: false. */
  readonly allowDns?: boolean | undefined;
  /** No `resolve` at all, whatever allowDns says. Default: false. */
  readonly noDns?: boolean | undefined;
  /**
   * Only HTTP requests with these methods. This and what follows are the options of `narrow` that bound more than rules
   * do, for the grants as a whole; what `format` answers is taken. Default of each: no bound.
   */
  readonly methods?: readonly string[] | undefined;
  /** Only requests with these paths. One list, or several: a path must match one pattern of each. */
  readonly paths?: readonly string[] | readonly (readonly string[])[] | undefined;
  /** Only https and wss; no sockets, no `resolve`. Default: false. */
  readonly httpsOnly?: boolean | undefined;
  /** False: HTTP alone, no sockets. Default: true. */
  readonly raw?: boolean | undefined;
  /** Requests in all: connects, datagrams, redirects and retries each count. */
  readonly maxRequests?: number | undefined;
  /** Bytes on the wire in all, both directions together. */
  readonly maxBytes?: number | undefined;
  /** Seconds from when the net is opened until it ends, operations under way included. */
  readonly expires?: number | undefined;
  /** Requests in a while, such as `60/min`, by `s`, `min`, `h` or `d`. One rate, or several that all hold. */
  readonly rate?: string | readonly string[] | undefined;
}

/** Rules of one list; `bare` if the flag stood alone, which is the rule `*`. */
export interface RuleList {
  readonly rules: readonly Rule[];
  readonly bare: boolean;
}

export interface GrantFlags {
  readonly connect: RuleList;
  readonly deny: RuleList;
  readonly listen: RuleList;
  readonly dns: 'granted' | 'any' | 'off';
}

export const NO_RULES: RuleList = Object.freeze({ rules: Object.freeze([]), bare: false });

/** Each key of GrantsInput with the flag that it stands for. */
export const GRANT_FLAGS = Object.freeze({
  allowNet: '--allow-net',
  denyNet: '--deny-net',
  allowListen: '--allow-listen',
  allowDns: '--allow-dns',
  noDns: '--no-dns',
} satisfies Partial<Record<keyof GrantsInput, string>>);

/** The keys of GrantsInput that are no flags. */
const BOUNDS = Object.freeze([
  'methods',
  'paths',
  'httpsOnly',
  'raw',
  'maxRequests',
  'maxBytes',
  'expires',
  'rate',
] as const);

/** What a caller passed, each key read once; nothing that it inherits counts. Raises GrantSyntaxError for unknown keys. */
export function readInput(raw: unknown): GrantsInput {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new GrantSyntaxError(`grants are an object with allowNet, denyNet or allowListen, not ${escapeText(raw)}`);
  }
  // SECURITY: with no prototype, a polluted Object.prototype grants nothing (test/attacks/grant-prototype-host.test.ts).
  const input: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(raw)) {
    if (!KEYS.includes(key)) throw unknownKey(key);
    input[key] = Reflect.get(raw, key);
  }
  return input;
}

/** Reads flags. Raises GrantSyntaxError that names the flag, the rule, the reason and what to write instead. */
export function readFlags(input: GrantsInput): GrantFlags {
  const allowDns = readSwitch(input.allowDns, GRANT_FLAGS.allowDns);
  const noDns = readSwitch(input.noDns, GRANT_FLAGS.noDns);
  return {
    connect: readFlag(input.allowNet, 'connect', GRANT_FLAGS.allowNet),
    deny: readFlag(input.denyNet, 'deny', GRANT_FLAGS.denyNet),
    listen: readFlag(input.allowListen, 'listen', GRANT_FLAGS.allowListen),
    dns: noDns ? 'off' : allowDns ? 'any' : 'granted',
  };
}

/**
 * The bounds that stand beside flags, as options for one narrowing each: the first holds all that compose into one.
 * Raw still; empty if there are none.
 */
export function readBounds(input: GrantsInput): readonly Readonly<Record<string, unknown>>[] {
  const given = BOUNDS.filter((key) => input[key] !== undefined);
  if (given.length === 0) return [];
  const { paths, rate } = input;
  const isNested = Array.isArray(paths) && paths.length > 0 && paths.every((list) => Array.isArray(list));
  const [firstPaths, ...morePaths] = isNested ? paths : [paths];
  const [firstRate, ...moreRates] = Array.isArray(rate) && rate.length > 0 ? rate : [rate];
  const first = Object.fromEntries(given.map((key) => [key, input[key]]));
  return [
    { ...first, paths: firstPaths, rate: firstRate },
    ...morePaths.map((list) => ({ paths: list })),
    ...moreRates.map((one) => ({ rate: one })),
  ];
}

const KEYS: readonly string[] = [...Object.keys(GRANT_FLAGS), ...BOUNDS];

function unknownKey(key: string): GrantSyntaxError {
  const near = nearestName(key, KEYS);
  const hint = near === null ? `the keys are ${KEYS.join(', ')}` : `did you mean ${near}?`;
  return new GrantSyntaxError(`grants have no key "${escapeText(key)}"`, { hint });
}

function readSwitch(raw: unknown, flag: string): boolean {
  if (raw === undefined || typeof raw === 'boolean') return raw ?? false;
  throw new GrantSyntaxError(`${flag} takes no value`);
}

function readFlag(raw: unknown, use: RuleUse, flag: string): RuleList {
  if (raw === undefined || raw === false) return NO_RULES;
  if (raw === true) return { rules: [makeRule(use, { kind: 'any' })], bare: true };
  return { rules: readRules(typeof raw === 'string' ? [raw] : raw, use, flag), bare: false };
}

/** Reads an array of rules; `what` names the flag or the option that they came in. Raises GrantSyntaxError. */
export function readRules(raw: unknown, use: RuleUse, what: string): readonly Rule[] {
  if (!Array.isArray(raw)) throw new GrantSyntaxError(`${what} takes a list of rules, not ${escapeText(raw)}`);
  const rules: Rule[] = [];
  for (const item of raw as readonly unknown[]) {
    if (typeof item !== 'string') throw new GrantSyntaxError(`${what}: ${escapeText(item)} is no rule`);
    if (item.includes(',')) for (const part of item.split(',')) rules.push(readRule(part, use, what));
    else rules.push(readRule(item, use, what));
  }
  return rules;
}

function readRule(raw: string, use: RuleUse, what: string): Rule {
  const read = parseRule(raw, use);
  if (!('refused' in read)) return read;
  const hint = read.hint === null ? null : escapeText(read.hint);
  throw new GrantSyntaxError(`${what}: "${escapeText(raw)}" ${read.refused}`, { hint });
}
