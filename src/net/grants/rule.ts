/**
 * One rule of a grant as a value, and its canonical text. Trusted side, pure.
 */
import { type Cidr, cidrText } from '../address/cidr.ts';
import type { IpAddress } from '../address/ip.ts';
import type { SetName } from '../address/sets.ts';

export type Pattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly name: string }
  /** One or more labels below `name`, never `name` itself. */
  | { readonly kind: 'below'; readonly name: string }
  | { readonly kind: 'ip'; readonly ip: IpAddress }
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  /** Deny rules only. */
  | { readonly kind: 'set'; readonly name: SetName };

/** Both ends are included. */
export interface Ports {
  readonly from: number;
  readonly to: number;
}

/** `connect` and `listen` grant; `deny` takes away. */
export type RuleUse = 'connect' | 'deny' | 'listen';

export interface Rule {
  readonly use: RuleUse;
  readonly pattern: Pattern;
  readonly ports: Ports;
  /** Canonical: two rules of one use are the same if and only if their texts are. */
  readonly text: string;
}

export const HIGHEST_PORT = 65535;
const CONNECT_PORTS: Ports = Object.freeze({ from: 1, to: HIGHEST_PORT });
/** Port 0 is one that the system picks. */
const LISTEN_PORTS: Ports = Object.freeze({ from: 0, to: HIGHEST_PORT });

/** All ports: what a rule without ports means. */
export function allPorts(use: RuleUse): Ports {
  return use === 'listen' ? LISTEN_PORTS : CONNECT_PORTS;
}

export function coversAllPorts(rule: Pick<Rule, 'use' | 'ports'>): boolean {
  const all = allPorts(rule.use);
  return rule.ports.from === all.from && rule.ports.to === all.to;
}

export function makeRule(use: RuleUse, pattern: Pattern, ports: Ports = allPorts(use)): Rule {
  return { use, pattern, ports, text: ruleText(use, pattern, ports) };
}

/** True for a rule that speaks of addresses, and so binds the address that is dialled too. */
export function speaksOfAddresses(rule: Rule): boolean {
  const { kind } = rule.pattern;
  return kind === 'ip' || kind === 'cidr' || kind === 'set';
}

function ruleText(use: RuleUse, pattern: Pattern, ports: Ports): string {
  const all = coversAllPorts({ use, ports });
  if (use === 'listen') {
    if (pattern.kind === 'any') return portsText(ports, all);
    return `${bracketed(patternText(pattern))}:${portsText(ports, all)}`;
  }
  const host = patternText(pattern);
  return all ? host : `${bracketed(host)}:${portsText(ports, all)}`;
}

function portsText({ from, to }: Ports, all: boolean): string {
  if (all) return '*';
  return from === to ? String(from) : `${from}-${to}`;
}

/** The host part. An IPv6 address always stands in brackets, an IPv6 network only before ports. */
function patternText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'any':
      return '*';
    case 'name':
    case 'set':
      return pattern.name;
    case 'below':
      return `*.${pattern.name}`;
    case 'ip':
      return pattern.ip.family === 6 ? `[${pattern.ip.text}]` : pattern.ip.text;
    case 'cidr':
      return cidrText(pattern.cidr);
  }
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
