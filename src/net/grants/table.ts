/**
 * Rules of one list, indexed: a look-up costs the same for ten rules as for ten thousand. Trusted side, pure.
 * The most specific rule is found first: the name or address itself, the longest wildcard or prefix, a set, `*`;
 * among rules for one of these, a single port before a range, then the order of the list.
 */
import { CidrTable } from '../address/cidr.ts';
import { embeddedIps } from '../address/embedded.ts';
import type { Host } from '../address/host.ts';
import type { IpAddress } from '../address/ip.ts';
import { type SetName, setHolds } from '../address/sets.ts';
import { type Rule, speaksOfAddresses } from './rule.ts';

/** A port, or null for whichever the rule covers. No number stands for that: a hostile port could be it. */
type PortOrAny = number | null;

/** The rules for one host pattern, by port. Mostly there is one. */
class Bucket {
  readonly #first: Rule;
  readonly #from: number;
  readonly #to: number;
  #index: PortIndex | null = null;

  constructor(rule: Rule) {
    this.#first = rule;
    this.#from = rule.ports.from;
    this.#to = rule.ports.to;
  }

  add(rule: Rule): void {
    this.#index ??= new PortIndex(this.#first);
    this.#index.add(rule);
  }

  at(port: PortOrAny): Rule | null {
    if (port === null) return this.#first;
    if (this.#index !== null) return this.#index.at(port);
    return port >= this.#from && port <= this.#to ? this.#first : null;
  }
}

class PortIndex {
  readonly #single = new Map<number, Rule>();
  readonly #ranges: Rule[] = [];

  constructor(rule: Rule) {
    this.add(rule);
  }

  add(rule: Rule): void {
    const { from, to } = rule.ports;
    if (from !== to) this.#ranges.push(rule);
    else if (!this.#single.has(from)) this.#single.set(from, rule);
  }

  at(port: number): Rule | null {
    const single = this.#single.get(port);
    if (single !== undefined) return single;
    for (const rule of this.#ranges) if (port >= rule.ports.from && port <= rule.ports.to) return rule;
    return null;
  }
}

export class RuleTable {
  static readonly #empty = new RuleTable([]);
  readonly rules: readonly Rule[];
  /** True if some rule speaks of addresses: an IP, a network or a set. */
  readonly hasAddresses: boolean;
  /** True if some rule can match a name. */
  readonly hasNames: boolean;
  /** Names and addresses by their canonical text; no name is written as an address is. */
  readonly #exact = new Map<string, Bucket>();
  readonly #below = new Map<string, Bucket>();
  readonly #networks = new CidrTable<Bucket>();
  readonly #sets = new Map<SetName, Bucket>();
  #any: Bucket | null = null;

  /** A table of these rules. Many lists are empty, and they share one. */
  static of(rules: readonly Rule[]): RuleTable {
    return rules.length === 0 ? RuleTable.#empty : new RuleTable(rules);
  }

  private constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const rule of rules) this.#add(rule);
    this.hasAddresses = rules.some(speaksOfAddresses);
    this.hasNames = !rules.every(speaksOfAddresses);
  }

  /** The most specific rule that covers this host and port. Sets and embedded IPv4 count only for `findAddress`. */
  find(host: Host, port: PortOrAny): Rule | null {
    if (this.#exact.size > 0) {
      const rule = this.#exact.get(host.text)?.at(port);
      if (rule !== undefined && rule !== null) return rule;
    }
    const rule = host.kind === 'name' ? this.#findBelow(host.text, port) : this.#findNetwork(host.ip, port);
    return rule ?? this.findAny(port);
  }

  /** The most specific rule that covers this host at some port. */
  findHost(host: Host): Rule | null {
    return this.find(host, null);
  }

  /** The rule for every host (`*`) that covers this port. */
  findAny(port: PortOrAny): Rule | null {
    return this.#any === null ? null : this.#any.at(port);
  }

  /** The rule that speaks of this address and port, looking through every form that embeds an IPv4. For deny rules. */
  findAddress(ip: IpAddress, port: number): Rule | null {
    if (!this.hasAddresses) return null;
    const rule = this.#findOneAddress(ip, port);
    if (rule !== null || ip.family === 4) return rule;
    for (const embedded of embeddedIps(ip)) {
      const found = this.#findOneAddress(embedded, port);
      if (found !== null) return found;
    }
    return null;
  }

  #findOneAddress(ip: IpAddress, port: number): Rule | null {
    const rule = this.#exact.get(ip.text)?.at(port) ?? this.#findNetwork(ip, port);
    if (rule !== null) return rule;
    for (const [name, bucket] of this.#sets) {
      const found = bucket.at(port);
      if (found !== null && setHolds(name, ip)) return found;
    }
    return null;
  }

  #findBelow(name: string, port: PortOrAny): Rule | null {
    if (this.#below.size === 0) return null;
    for (const parent of parentsOf(name)) {
      const rule = this.#below.get(parent)?.at(port);
      if (rule !== undefined && rule !== null) return rule;
    }
    return null;
  }

  #findNetwork(ip: IpAddress, port: PortOrAny): Rule | null {
    if (this.#networks.isEmpty) return null;
    for (const bucket of this.#networks.find(ip)) {
      const rule = bucket.at(port);
      if (rule !== null) return rule;
    }
    return null;
  }

  #add(rule: Rule): void {
    const { pattern } = rule;
    switch (pattern.kind) {
      case 'any':
        if (this.#any === null) this.#any = new Bucket(rule);
        else this.#any.add(rule);
        return;
      case 'name':
        put(this.#exact, flat(pattern.name), rule);
        return;
      case 'ip':
        put(this.#exact, pattern.ip.text, rule);
        return;
      case 'below':
        put(this.#below, flat(pattern.name), rule);
        return;
      case 'set':
        put(this.#sets, pattern.name, rule);
        return;
      case 'cidr':
        put(this.#networks, pattern.cidr, rule);
    }
  }
}

/** The parents of the name that was asked for last: a chain of grants asks every layer for the same one. */
const asked: { name: string; parents: readonly string[] } = { name: '', parents: [] };

/** `a.b.c` → `b.c`, `c`. */
function parentsOf(name: string): readonly string[] {
  if (asked.name === name) return asked.parents;
  const parents: string[] = [];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) parents.push(name.slice(dot + 1));
  asked.name = name;
  asked.parents = parents;
  return parents;
}

interface Buckets<K> {
  get(key: K): Bucket | undefined;
  set(key: K, bucket: Bucket): unknown;
}

function put<K>(buckets: Buckets<K>, key: K, rule: Rule): void {
  const bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, new Bucket(rule));
  else bucket.add(rule);
}

/**
 * The same name in a string of its own. One that was cut out of a rule only refers to it, and V8 takes three times as
 * long to compare it; the parser makes a new one, and no canonical name has a character that it would escape.
 */
function flat(name: string): string {
  return String(JSON.parse(`"${name}"`));
}
