/**
 * The intersection of two lists of rules of one use, as a list of rules. Trusted side, pure. Two host patterns either
 * have nothing in common or one lies in the other, and the same holds for nothing but ranges of ports; so the
 * intersection of two rules is one rule or none. Costs about the sum of both lists and the result.
 */
import { type Cidr, cidrText, maskTo } from '../address/cidr.ts';
import { makeRule, type Pattern, type Ports, type Rule } from './rule.ts';

/** All rules for one pattern; the ports are sorted and neither touch nor overlap. */
interface Group {
  readonly use: Rule['use'];
  readonly pattern: Pattern;
  readonly ports: readonly Ports[];
}

interface Groups {
  readonly byPattern: ReadonlyMap<string, Group>;
  /** The prefix lengths in use; only these are worth looking for. */
  readonly lengths: { readonly 4: ReadonlySet<number>; readonly 6: ReadonlySet<number> };
}

export function intersectRules(one: readonly Rule[], other: readonly Rule[]): readonly Rule[] {
  const left = groupByPattern(one);
  const right = groupByPattern(other);
  const found = new Map<string, Rule>();
  const keep = (inner: Group, outer: Group): void => {
    for (const ports of intersectPorts(inner.ports, outer.ports)) {
      const rule = makeRule(inner.use, inner.pattern, ports);
      found.set(rule.text, rule);
    }
  };
  for (const group of left.byPattern.values()) for (const outer of covering(group.pattern, right)) keep(group, outer);
  for (const group of right.byPattern.values()) for (const outer of covering(group.pattern, left)) keep(group, outer);
  return [...found.values()];
}

function groupByPattern(rules: readonly Rule[]): Groups {
  const ports = new Map<string, Ports[]>();
  const byPattern = new Map<string, Group>();
  const lengths = { 4: new Set<number>(), 6: new Set<number>() };
  for (const { use, pattern, ports: range } of rules) {
    const key = keyOf(pattern);
    const list = ports.get(key);
    if (list !== undefined) {
      list.push(range);
      continue;
    }
    const ranges = [range];
    ports.set(key, ranges);
    byPattern.set(key, { use, pattern, ports: ranges });
    const network = networkOf(pattern);
    if (network !== null) lengths[network.ip.family].add(network.length);
  }
  for (const [key, group] of byPattern) byPattern.set(key, { ...group, ports: mergePorts(group.ports) });
  return { byPattern, lengths };
}

function networkOf(pattern: Pattern): Cidr | null {
  if (pattern.kind === 'cidr') return pattern.cidr;
  return pattern.kind === 'ip' ? { ip: pattern.ip, length: pattern.ip.words.length * 32 } : null;
}

function keyOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'any':
      return '*';
    case 'name':
    case 'set':
      return pattern.name;
    case 'below':
      return `*.${pattern.name}`;
    case 'ip':
      return pattern.ip.text;
    case 'cidr':
      return cidrText(pattern.cidr);
  }
}

/** The groups whose pattern holds all that `pattern` holds, itself among them. */
function* covering(pattern: Pattern, groups: Groups): Generator<Group> {
  for (const key of coveringKeys(pattern, groups)) {
    const group = groups.byPattern.get(key);
    if (group !== undefined) yield group;
  }
}

function* coveringKeys(pattern: Pattern, { lengths }: Groups): Generator<string> {
  yield keyOf(pattern);
  if (pattern.kind === 'any') return;
  yield '*';
  if (pattern.kind === 'name' || pattern.kind === 'below') {
    const { name } = pattern;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) yield `*.${name.slice(dot + 1)}`;
  }
  const network = networkOf(pattern);
  if (network === null) return;
  for (const length of lengths[network.ip.family]) {
    if (length < network.length) yield cidrText(maskTo(network.ip, length));
  }
}

function mergePorts(list: readonly Ports[]): readonly Ports[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...list].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    // Port 0 is no port but a word for one that the system picks, so a range of ports never begins with it.
    if (last !== undefined && from <= last.to + 1 && last.to > 0) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function* intersectPorts(one: readonly Ports[], other: readonly Ports[]): Generator<Ports> {
  for (let i = 0, j = 0; ; ) {
    const a = one[i];
    const b = other[j];
    if (a === undefined || b === undefined) return;
    const from = Math.max(a.from, b.from);
    const to = Math.min(a.to, b.to);
    if (from <= to) yield { from, to };
    if (a.to < b.to) i++;
    else j++;
  }
}
