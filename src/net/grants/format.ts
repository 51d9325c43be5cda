/**
 * Grants as the flags that would give them. Trusted side, pure. The rules of a chain are multiplied out: what is left
 * of the allow rules is their intersection, of the deny rules their union.
 */
import { GRANT_FLAGS, type GrantsInput, NO_RULES, type RuleList } from './input.ts';
import { intersectRules } from './intersect.ts';
import type { Layer } from './layer.ts';
import type { Rule } from './rule.ts';

/** What `format` answers. The keys of GrantsInput are flags, the others bounds that no flag can say. */
export interface GrantsFormat extends GrantsInput {
  readonly allowNet: true | readonly string[];
  readonly denyNet: true | readonly string[];
  readonly allowListen: true | readonly string[];
  /** Allowed by every layer. */
  readonly methods?: readonly string[];
  /** One list, or where several layers have one, all of them: a path must match one pattern of each. */
  readonly paths?: readonly string[] | readonly (readonly string[])[];
  readonly httpsOnly?: true;
  readonly raw?: false;
  /** The lowest; how many of them are left is not told. */
  readonly maxRequests?: number;
  readonly maxBytes?: number;
  /** Seconds from the narrowing on. */
  readonly expires?: number;
  /** One rate, or all where several layers have one. */
  readonly rate?: string | readonly string[];
}

export function formatChain(layers: readonly Layer[]): GrantsFormat {
  const deny = layers.map((layer) => layer.deny);
  return {
    allowNet: formatList(intersection(layers.map((layer) => layer.connect))),
    denyNet: formatList({ rules: deny.flatMap(({ rules }) => rules), bare: deny.some(({ bare }) => bare) }),
    allowListen: formatList(intersection(layers.map(listenList))),
    ...formatDns(layers),
    ...formatBounds(layers),
  };
}

function listenList(layer: Layer): RuleList {
  return layer.httpOnly ? NO_RULES : layer.listen;
}

export function formatHeld(layers: readonly Layer[]): GrantsFormat {
  const held = layers.at(-1);
  if (held === undefined || held.kind === 'flags') return { allowNet: [], denyNet: [], allowListen: [] };
  return {
    allowNet: formatList(held.connect),
    denyNet: formatList(held.deny),
    allowListen: formatList(listenList(held)),
    ...formatBounds([held]),
  };
}

/** A list as a flag takes it: `true` for the bare one, which makes every other rule idle. */
function formatList({ rules, bare }: RuleList): true | readonly string[] {
  return bare || [...new Set(rules.map(({ text }) => text))];
}

function intersection(lists: readonly RuleList[]): RuleList {
  const [first, ...rest] = lists;
  if (first === undefined || rest.length === 0) return first ?? { rules: [], bare: false };
  const bounding = lists.filter(({ bare }) => !bare);
  const rules = bounding.map((list) => list.rules).reduce<readonly Rule[] | null>(meet, null);
  return rules === null ? first : { rules, bare: false };
}

function meet(above: readonly Rule[] | null, below: readonly Rule[]): readonly Rule[] {
  return above === null ? below : intersectRules(above, below);
}

/** `allowDns` lifts what the flags say of names; a narrowing bounds them again, so then its rules say it all. */
function formatDns(layers: readonly Layer[]): Pick<GrantsFormat, 'allowDns' | 'noDns'> {
  if (layers.some((layer) => layer.dns === 'off' || layer.httpOnly)) return { noDns: true };
  return layers.length === 1 && layers[0]?.dns === 'any' ? { allowDns: true } : {};
}

function formatBounds(layers: readonly Layer[]): Partial<GrantsFormat> {
  const given = <K extends keyof Layer['bounds']>(key: K) =>
    layers.map(({ bounds }) => bounds[key]).filter((value) => value !== undefined);
  const lowest = (key: 'maxRequests' | 'maxBytes' | 'expires') => {
    const values = given(key);
    return values.length === 0 ? {} : { [key]: Math.min(...values) };
  };
  const methods = given('methods');
  const paths = given('paths').map((patterns) => patterns.map(({ text }) => text));
  const rates = [...new Set(given('rate').map(({ text }) => text))];
  return {
    ...(methods.length === 0 ? {} : { methods: methods.reduce((one, other) => one.filter((m) => other.includes(m))) }),
    ...(paths.length === 0 ? {} : { paths: paths.length === 1 ? (paths[0] ?? []) : paths }),
    ...(given('httpsOnly').includes(true) ? { httpsOnly: true } : {}),
    ...(given('raw').includes(false) ? { raw: false } : {}),
    ...lowest('maxRequests'),
    ...lowest('maxBytes'),
    ...lowest('expires'),
    ...(rates.length === 0 ? {} : { rate: rates.length === 1 ? (rates[0] ?? []) : rates }),
  };
}

/** A flag as it would be typed: `--allow-net=api.example.com:443`. */
export function flagText(key: 'allowNet' | 'denyNet' | 'allowListen', rule: string): string {
  return `${GRANT_FLAGS[key]}=${rule}`;
}
