/**
 * The options of `narrow`, in one table: type, range, unit, default and doc of each. Trusted side, pure; a script may
 * have written every value. Each is an upper bound, and bounds add up down the chain.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { checkOptions, custom, flag, type OptionsOf, type Read } from '../options.ts';
import { readRules } from './input.ts';
import { type PathPattern, readPattern } from './paths.ts';
import type { Rule, RuleUse } from './rule.ts';

/** So many in so long: a bucket of `count` tokens that fills up again in `perMs`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
  /** Canonical: `60/min`. */
  readonly text: string;
}

/** Methods that no capability sends: they make a proxy dial, or echo credentials. */
export const FORBIDDEN_METHODS: readonly string[] = Object.freeze(['CONNECT', 'TRACE', 'TRACK']);

const UNITS: readonly { readonly name: string; readonly words: RegExp; readonly ms: number }[] = [
  { name: 's', words: /^(?:s|sec|second)$/, ms: 1_000 },
  { name: 'min', words: /^(?:m|min|minute)$/, ms: 60_000 },
  { name: 'h', words: /^(?:h|hour)$/, ms: 3_600_000 },
  { name: 'd', words: /^(?:d|day)$/, ms: 86_400_000 },
];
const HIGHEST_COUNT = 1_000_000_000;
/** A hundred years: what is longer is a mistake. */
const LONGEST_SECONDS = 100 * 366 * 86_400;

/** One row for each option. */
export const NARROW_TABLE = Object.freeze({
  listen: rulesOption('listen', 'Interfaces and ports to listen on; without it, listening is dropped.'),
  deny: rulesOption('deny', 'What is denied, whatever the rules say.'),
  methods: custom({
    type: 'list of text',
    range: 'HTTP methods, and WEBSOCKET',
    default: null,
    doc: 'Only requests with these methods; no sockets, no resolve.',
    read: readMethods,
  }),
  paths: custom({
    type: 'list of text',
    range: 'each begins with / or *; * stands for any text, slashes too',
    default: null,
    doc: 'Only requests with these paths; no sockets, no resolve.',
    read: readPaths,
  }),
  httpsOnly: flag({ default: false, doc: 'Only https and wss; no sockets, no resolve.' }),
  maxRequests: count('requests', 'So many requests in all: connects, datagrams, redirects and retries each count.'),
  maxBytes: count('bytes', 'So many bytes on the wire in all, both directions together.'),
  expires: custom({
    type: 'seconds',
    range: '0 or more',
    unit: 's',
    default: null,
    doc: 'Ends so many seconds after the narrowing, operations under way included.',
    read: (raw): Read<number> =>
      typeof raw === 'number' && raw >= 0 && raw <= LONGEST_SECONDS
        ? { value: raw }
        : { refused: 'must be a number of seconds, 0 or more' },
  }),
  rate: custom({
    type: 'text',
    range: 'count/unit; the unit is s, min, h or d',
    default: null,
    doc: "So many requests in a while, such as '60/min'.",
    read: readRate,
  }),
  raw: flag({ default: true, doc: 'false: no sockets and no resolve, only HTTP.' }),
});

function rulesOption(use: 'listen' | 'deny', doc: string) {
  const read = (raw: unknown): Read<readonly Rule[]> => ({ value: readRules(raw, use satisfies RuleUse, use) });
  return custom({ type: 'list of rules', range: `${use} rules`, default: null, doc, read });
}

function count(unit: string, doc: string) {
  return custom({
    type: 'integer',
    range: '0 or more',
    unit,
    default: null,
    doc,
    read: (raw): Read<number> =>
      Number.isSafeInteger(raw) && Number(raw) >= 0
        ? { value: Number(raw) }
        : { refused: 'must be a whole number, 0 or more' },
  });
}

function readMethods(raw: unknown): Read<readonly string[]> {
  if (!Array.isArray(raw)) return { refused: "must be a list, such as ['GET', 'HEAD']" };
  const methods = new Set<string>();
  for (const item of raw as readonly unknown[]) {
    if (typeof item !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(item)) {
      return {
        refused: `holds ${typeof item === 'string' ? `"${escapeText(item)}"` : escapeText(item)}, which is no method`,
      };
    }
    const method = item.toUpperCase();
    if (FORBIDDEN_METHODS.includes(method)) return { refused: `holds ${method}, which is never sent` };
    methods.add(method);
  }
  return { value: Object.freeze([...methods].sort()) };
}

function readPaths(raw: unknown): Read<readonly PathPattern[]> {
  if (!Array.isArray(raw)) return { refused: "must be a list, such as ['/v1/*']" };
  const patterns: PathPattern[] = [];
  for (const item of raw as readonly unknown[]) {
    const pattern = typeof item === 'string' ? readPattern(item) : { refused: 'is no text' };
    if ('refused' in pattern) return { refused: `holds "${escapeText(item)}", which ${pattern.refused}` };
    patterns.push(pattern);
  }
  return { value: Object.freeze(patterns) };
}

/** A rate as it is written: `60/min`. */
export function readRate(raw: unknown): Read<Rate> {
  const [, digits = '', word = ''] = typeof raw === 'string' ? (/^([1-9][0-9]{0,9})\/([a-z]+)$/.exec(raw) ?? []) : [];
  const unit = UNITS.find(({ words }) => words.test(word));
  const number = Number(digits);
  if (unit === undefined || number > HIGHEST_COUNT) return { refused: "must be a count and a unit, such as '60/min'" };
  return { value: { count: number, perMs: unit.ms, text: `${number}/${unit.name}` } };
}

/** What a caller may pass to `narrow`. Each name may be written with underscores instead (`max_bytes`). */
export interface NarrowOptions {
  readonly listen?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly httpsOnly?: boolean | undefined;
  readonly https_only?: boolean | undefined;
  readonly maxRequests?: number | undefined;
  readonly max_requests?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly max_bytes?: number | undefined;
  readonly expires?: number | undefined;
  readonly rate?: string | undefined;
  readonly raw?: boolean | undefined;
}

/** The options as they were given, checked; a key that is missing bounds nothing (but `listen`). */
export type Narrowing = OptionsOf<typeof NARROW_TABLE>;

/** Reads the options of a narrowing. Raises ArgumentError, or GrantSyntaxError for a bad rule. */
export function readNarrowing(raw: unknown): Narrowing {
  return checkOptions(NARROW_TABLE, withCamelKeys(raw), 'narrow');
}

/** `max_bytes` is `maxBytes`. Both at once is refused: one of them would be lost. */
function withCamelKeys(raw: unknown): unknown {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return raw;
  const renamed: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(raw)) {
    const value: unknown = Reflect.get(raw, key);
    if (value === undefined) continue;
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const name = Object.hasOwn(NARROW_TABLE, camel) ? camel : key;
    if (name in renamed) throw new ArgumentError(`narrow: ${escapeText(name)} is given twice`);
    renamed[name] = value;
  }
  return renamed;
}
