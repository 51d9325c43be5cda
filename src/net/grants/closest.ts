/**
 * What a refused host is close to, for messages. Trusted side, pure. Looked for among the first rules only: a denial
 * costs little, whoever provokes many.
 */
import type { Host } from '../address/host.ts';
import { setHolds } from '../address/sets.ts';
import type { Rule } from './rule.ts';

const LOOKED_AT = 100;
/** How many letters in one place a mistyped name may have wrong. */
const MISTYPED = 2;

/** A remark such as `*.example.com covers only the names below it`, or null if nothing is close. */
export function closestRemark(all: readonly Rule[], host: Host): string | null {
  const rules = all.slice(0, LOOKED_AT);
  return loopbackRemark(rules, host) ?? (host.kind === 'name' ? nameRemark(rules, host.text) : addressRemark(rules));
}

/** `localhost` is a name and 127.0.0.1 an address: a grant of one is none of the other. */
function loopbackRemark(rules: readonly Rule[], host: Host): string | null {
  const isLoopback = (rule: Rule) => rule.pattern.kind === 'ip' && setHolds('loopback', rule.pattern.ip);
  const isLocalhost = (rule: Rule) => rule.pattern.kind === 'name' && rule.pattern.name === 'localhost';
  if (host.kind === 'name' ? host.text !== 'localhost' : !setHolds('loopback', host.ip)) return null;
  const rule = rules.find(host.kind === 'name' ? isLoopback : isLocalhost);
  if (rule === undefined) return null;
  return `${rule.text} is granted, but ${host.text} is another host: hosts are compared as they are written`;
}

function nameRemark(rules: readonly Rule[], name: string): string | null {
  const below = rules.find(({ pattern }) => pattern.kind === 'below' && pattern.name === name);
  if (below !== undefined) return `${below.text} covers only the names below it`;
  const above = rules.find(({ pattern }) => pattern.kind === 'name' && name.endsWith(`.${pattern.name}`));
  if (above !== undefined) return `${above.text} covers that name alone, nothing below it`;
  const near = rules.find(({ pattern }) => pattern.kind === 'name' && isMistyped(name, pattern.name));
  if (near !== undefined) return `the closest rule is ${near.text}`;
  const isAddress = ({ pattern: { kind } }: Rule) => kind === 'ip' || kind === 'cidr';
  return rules.length > 0 && rules.every(isAddress) ? 'the rules are addresses, and a name is no address' : null;
}

/** True if the two are the same but for a letter or two in one place: `exmaple.com`. */
function isMistyped(name: string, right: string): boolean {
  const shorter = Math.min(name.length, right.length);
  let start = 0;
  while (start < shorter && name[start] === right[start]) start++;
  let end = 0;
  while (end < shorter - start && name.at(-1 - end) === right.at(-1 - end)) end++;
  return Math.max(name.length, right.length) - start - end <= MISTYPED;
}

function addressRemark(rules: readonly Rule[]): string | null {
  const isName = ({ pattern: { kind } }: Rule) => kind === 'name' || kind === 'below';
  return rules.length > 0 && rules.every(isName) ? 'the rules are names, and an address is no name' : null;
}
