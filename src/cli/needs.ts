/**
 * What a script's `%engine.config` asks for and the flags do not grant. Trusted side, pure; the configuration is the
 * script's and hostile.
 */
import { GrantSyntaxError } from '../errors/classes.ts';
import { Grants } from '../net/grants/grants.ts';
import type { RuleInput } from '../net/grants/input.ts';
import type { WireValue } from '../wire/codec.ts';

/** One line for each need that is not granted, with the flag to add. `grants`: null where no flag gave any. */
export function missingGrants(config: WireValue, grants: Grants | null): string[] {
  const required = property(config, 'required');
  return [
    ...missing('network access', 'allow-net', property(required, 'network'), (rule) => reaches(grants, rule)),
    ...missing('listening', 'allow-listen', property(required, 'listen'), (rule) => listens(grants, rule)),
  ];
}

/** A line where `engine.min_version` asks for more than this version is, or can't be read. */
export function unmetVersion(config: WireValue, version: string): string[] {
  const asked = property(property(config, 'engine'), 'min_version');
  if (asked === null) return [];
  if (typeof asked !== 'string' || !VERSION.test(asked)) {
    return ["the script's engine.min_version can not be read: it must be a version such as '1.2'"];
  }
  const [wanted, own] = [asked, version].map((text) => text.split(/[-+]/, 1)[0]?.split('.').map(Number) ?? []);
  for (const [at, number] of (wanted ?? []).entries()) {
    const there = own?.[at] ?? 0;
    if (number < there) return [];
    if (number > there) return [`the script asks for version ${asked} or newer, and this is ${version}`];
  }
  return [];
}

const VERSION = /^\d{1,6}(?:\.\d{1,6}){0,2}(?:[-+][\w.]{1,40})?$/;

/** `isGranted` answers for one rule; for `*` where the script asks for everything. */
function missing(what: string, flag: string, asked: WireValue, isGranted: (rule: string) => boolean): string[] {
  if (asked === true) {
    return isGranted('*') ? [] : [`the script asks for ${what}, and none is granted: add --${flag}=…`];
  }
  if (!Array.isArray(asked)) return [];
  const rules: unknown[] = asked;
  const complaints: string[] = [];
  const open = rules.filter((rule): rule is string => {
    if (typeof rule !== 'string') return false;
    try {
      return !isGranted(rule);
    } catch (thrown) {
      if (!(thrown instanceof GrantSyntaxError)) throw thrown;
      complaints.push(`the script asks for ${what} by a rule that can not be read: ${thrown.message}`);
      return false;
    }
  });
  if (open.length === 0) return complaints;
  return [...complaints, `the script asks for ${what} that is not granted: add --${flag}=${open.join(',')}`];
}

/** Whether a grant gives all that a connect rule asks for: narrowed to the rule, it is still the whole rule. */
function reaches(grants: Grants | null, rule: string): boolean {
  if (grants === null) return false;
  if (rule === '*') return grants.anyConnect;
  const left = grants.narrow([rule]).format().allowNet;
  return isSame(left, Grants.parse({ allowNet: [rule] }).format().allowNet);
}

/** The same for a listen rule. */
function listens(grants: Grants | null, rule: string): boolean {
  if (grants === null) return false;
  if (rule === '*') return grants.anyListen;
  const left = grants.narrow([], { listen: [rule] }).format().allowListen;
  return isSame(left, Grants.parse({ allowListen: [rule] }).format().allowListen);
}

function isSame(one: RuleInput | false | undefined, other: RuleInput | false | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function property(value: WireValue, key: string): WireValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return null;
  const found: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : null;
  return found === undefined ? null : (found as WireValue);
}
