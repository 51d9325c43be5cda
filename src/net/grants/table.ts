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
import type { Rule } from './rule.ts';

/** The rules for one host pattern, by port. */
class Bucket {
  readonly first: Rule;
  readonly #single = new Map<number, Rule>();
  readonly #ranges: Rule[] = [];

  constructor(rule: Rule) {
    this.first = rule;
    this.add(rule);
  }

  add(rule: Rule): void {
    const { from, to } = rule.ports;
    if (from !== to) this.#ranges.push(rule);
    else if (!this.#single.has(from)) this.#single.set(from, rule);
  }

  at(port: number): Rule | null {
    if (this.#single.size > 0) {
      const rule = this.#single.get(port);
      if (rule !== undefined) return rule;
    }
    for (const rule of this.#ranges) if (port >= rule.ports.from && port <= rule.ports.to) return rule;
    return null;
  }
}

/** What a look-up takes from a bucket: the rule for a port, or any rule at all. */
type Pick = (bucket: Bucket) => Rule | null;

const takeFirst: Pick = (bucket) => bucket.first;

export class RuleTable {
  readonly rules: readonly Rule[];
  /** True if some rule speaks of addresses: an IP, a network or a set. */
  readonly hasAddresses: boolean;
  /** Names and addresses by their canonical text; no name is written as an address is. */
  readonly #exact = new Map<string, Bucket>();
  readonly #below = new Map<string, Bucket>();
  /** Which lengths the names in #below have, so that other suffixes are not even cut out. */
  readonly #belowLengths = new Uint8Array(256);
  readonly #networks = new CidrTable<Bucket>();
  readonly #networkBuckets = new Map<string, Bucket>();
  readonly #sets = new Map<SetName, Bucket>();
  #any: Bucket | null = null;

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    for (const rule of rules) this.#add(rule);
    this.hasAddresses = rules.some(({ pattern: { kind } }) => kind === 'ip' || kind === 'cidr' || kind === 'set');
  }

  get isEmpty(): boolean {
    return this.rules.length === 0;
  }

  /** The most specific rule that covers this host and port. Sets and embedded IPv4 count only for `findAddress`. */
  find(host: Host, port: number): Rule | null {
    const exact = this.#exact.get(host.text);
    if (exact !== undefined) {
      const rule = exact.at(port);
      if (rule !== null) return rule;
    }
    if (this.#below.size > 0 || this.hasAddresses) {
      const rule = this.#search(host, (bucket) => bucket.at(port));
      if (rule !== null) return rule;
    }
    return this.#any === null ? null : this.#any.at(port);
  }

  /** The most specific rule that covers this host at some port. */
  findHost(host: Host): Rule | null {
    const exact = this.#exact.get(host.text);
    return exact?.first ?? this.#search(host, takeFirst) ?? this.#any?.first ?? null;
  }

  /** The rule for every host (`*`) that covers this port. */
  findAny(port: number): Rule | null {
    return this.#any === null ? null : this.#any.at(port);
  }

  /**
   * The rule that speaks of this address and port, looking through every form that embeds an IPv4. For deny rules.
   */
  findAddress(ip: IpAddress, port: number): Rule | null {
    return this.hasAddresses ? this.#findAddress(ip, (bucket) => bucket.at(port)) : null;
  }

  #findAddress(ip: IpAddress, pick: Pick): Rule | null {
    const rule = this.#findOneAddress(ip, pick);
    if (rule !== null || ip.family === 4) return rule;
    for (const embedded of embeddedIps(ip)) {
      const found = this.#findOneAddress(embedded, pick);
      if (found !== null) return found;
    }
    return null;
  }

  #findOneAddress(ip: IpAddress, pick: Pick): Rule | null {
    const exact = this.#exact.get(ip.text);
    const rule = (exact === undefined ? null : pick(exact)) ?? this.#searchNetworks(ip, pick);
    if (rule !== null) return rule;
    for (const [name, bucket] of this.#sets) {
      const found = setHolds(name, ip) ? pick(bucket) : null;
      if (found !== null) return found;
    }
    return null;
  }

  #search(host: Host, pick: Pick): Rule | null {
    return host.kind === 'name' ? this.#searchBelow(host.text, pick) : this.#searchNetworks(host.ip, pick);
  }

  #searchBelow(name: string, pick: Pick): Rule | null {
    if (this.#below.size === 0) return null;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (this.#belowLengths[name.length - dot - 1] === 0) continue;
      const bucket = this.#below.get(name.slice(dot + 1));
      const rule = bucket === undefined ? null : pick(bucket);
      if (rule !== null) return rule;
    }
    return null;
  }

  #searchNetworks(ip: IpAddress, pick: Pick): Rule | null {
    if (this.#networks.isEmpty) return null;
    for (const bucket of this.#networks.find(ip)) {
      const rule = pick(bucket);
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
        put(this.#exact, pattern.name, rule);
        return;
      case 'ip':
        put(this.#exact, pattern.ip.text, rule);
        return;
      case 'below':
        put(this.#below, pattern.name, rule);
        this.#belowLengths[pattern.name.length] = 1;
        return;
      case 'set':
        put(this.#sets, pattern.name, rule);
        return;
      case 'cidr': {
        const bucket = put(this.#networkBuckets, `${pattern.cidr.ip.text}/${pattern.cidr.length}`, rule);
        if (bucket !== null) this.#networks.add(pattern.cidr, bucket);
      }
    }
  }
}

/** Adds a rule to its bucket; the bucket if it is a new one, else null. */
function put<K>(buckets: Map<K, Bucket>, key: K, rule: Rule): Bucket | null {
  const bucket = buckets.get(key);
  if (bucket !== undefined) {
    bucket.add(rule);
    return null;
  }
  const made = new Bucket(rule);
  buckets.set(key, made);
  return made;
}
