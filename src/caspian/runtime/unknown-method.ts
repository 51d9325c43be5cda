/** What is said where a value has no such method: what it is, which expression was null, what may have been meant. Powerless side. */
import type { Site } from './code.ts';
import { describe } from './describe.ts';
import { type Failure, fail } from './errors.ts';
import { ownMethod } from './foreign.ts';
import { didYouMean, nearest } from './nearest.ts';
import { typeName } from './text.ts';
import type { Value } from './values.ts';

const NO_NET = 'the script was given no network: launch it with --allow-net=HOST, or see caspian --help';

/** `names`: what the value does answer. */
export function unknownMethod(target: Value, name: string, site: Site, names: () => string[]): Failure {
  if (target === null) return onNull(name, site);
  const known = names();
  const own = ownMethod(name, (wanted) => known.includes(wanted));
  const hint = didYouMean(own === null ? nearest(name, known) : [own]);
  return fail.undefinedMethod(`${typeName(target)} has no method '${name}'`, hint ?? undefined);
}

function onNull(name: string, site: Site): Failure {
  const { expression } = site;
  const what = name === '[]' || name === '[]=' ? 'null has no elements' : `null has no method '${name}'`;
  if (expression?.type === 'system' && expression.name === 'net') {
    return fail.undefinedMethod(`%net is null: ${what}`, site.role === 'user' ? NO_NET : forRole('%net', site.role));
  }
  if (expression?.type === 'system' && site.role !== 'user') {
    return fail.undefinedMethod(`%${expression.name} is null: ${what}`, forRole(`%${expression.name}`, site.role));
  }
  const text = describe(expression);
  if (text === null || text === 'null') return fail.undefinedMethod(what);
  return fail.undefinedMethod(`${text} is null: ${what}`, onNullHint(text, name));
}

function onNullHint(text: string, name: string): string {
  if (name === '[]=') return `make it first: ${text} ||= {}`;
  if (name === '[]') return 'what may be missing on the way is read with dig: $h.dig(key, key)';
  return `&. gives null where its left side is null, as in ${text}&.${name}`;
}

function forRole(what: string, role: string): string {
  return `${what} is null for every role but user, and this is ${role}: it must be handed what it is to use`;
}
