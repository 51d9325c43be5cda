/**
 * What a script's `%engine.config` asks for and the flags do not grant. Trusted side, pure; the configuration is the
 * script's and hostile.
 */
import { Grants } from '../net/grants/grants.ts';
import type { WireValue } from '../wire/codec.ts';

/** One line for each need that is not granted, with the flag to add. */
export function missingGrants(config: WireValue, grants: Grants): string[] {
  const required = property(config, 'required');
  return [
    ...missing('network', 'allow-net', property(required, 'network'), grants.anyConnect, (rule) =>
      covers(grants, rule),
    ),
    ...missing('listening', 'allow-listen', property(required, 'listen'), grants.anyListen, () => grants.anyListen),
  ];
}

function missing(
  what: string,
  flag: string,
  asked: WireValue,
  any: boolean,
  isCovered: (rule: string) => boolean,
): string[] {
  if (asked === true) return any ? [] : [`the script asks for ${what}, which is not granted: add --${flag}`];
  if (!Array.isArray(asked)) return [];
  const rules: unknown[] = asked;
  const open = rules.filter((rule): rule is string => typeof rule === 'string' && isRule(rule) && !isCovered(rule));
  return open.length === 0 ? [] : [`the script asks for ${what} that is not granted: add --${flag}=${open.join(',')}`];
}

function isRule(rule: string): boolean {
  try {
    Grants.parse({ allowNet: [rule] });
    return true;
  } catch {
    return false;
  }
}

/** Whether a grant reaches what a rule asks for: its host at its first port, or at 443 where it names none. */
function covers(grants: Grants, rule: string): boolean {
  const [, host = rule, ports] = /^(.*?)(?::(\d+|\*)(?:-\d+)?)?$/.exec(rule) ?? [];
  const port = ports === undefined || ports === '*' ? 443 : Number(ports);
  try {
    grants.checkConnect(host.replace(/^\*\./, 'any.').replaceAll(/[[\]]/g, ''), port);
    return true;
  } catch {
    return false;
  }
}

function property(value: WireValue, key: string): WireValue {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return null;
  const found: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : null;
  return found === undefined ? null : (found as WireValue);
}
