/**
 * Arguments into the slots of a new frame. Powerless side. Defaults run in the function's own frame, so under its role.
 */

import type { FunctionCode, Param, Site } from './code.ts';
import { type Failure, fail } from './errors.ts';
import type { Machine } from './machine.ts';
import { didYouMean, nearest } from './nearest.ts';
import { typeName } from './text.ts';
import { canonicalUrl } from './urls.ts';
import { type Frame, FunctionValue, Instance, type Value } from './values.ts';

/** For `.call`, `&name(…)`, methods and `.new`: raises, and names what is missing, surplus or unknown. */
export function bindArguments(
  vm: Machine,
  code: FunctionCode,
  frame: Frame,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  site: Site,
): void {
  try {
    bindStrictly({ vm, code, site }, frame, args, named);
  } catch (thrown) {
    throw vm.wrap(thrown, site);
  }
}

/** What is being entered, and from where. */
interface Entry {
  readonly vm: Machine;
  readonly code: FunctionCode;
  readonly site: Site;
}

function bindStrictly(entry: Entry, frame: Frame, args: readonly Value[], named: ReadonlyMap<string, Value>): void {
  const { code } = entry;
  let used = 0;
  let taken = 0;
  for (const param of code.params) {
    let value: Value | undefined;
    if (param.kind === 'positional' && used < args.length) {
      value = args[used++];
      if (named.has(param.name)) throw fail.argument(`${code.name}: the argument '${param.name}' is given twice`);
    } else if (param.kind === 'positional' || param.kind === 'keyword') {
      value = named.get(param.name);
      if (value !== undefined) taken++;
    } else if (param.kind === 'rest') {
      value = args.slice(used);
      used = args.length;
    } else if (param.kind === 'options') {
      value = leftOver(code, named);
      taken = named.size;
    } else {
      value = frame[2] instanceof FunctionValue ? frame[2] : null;
    }
    store(entry, frame, param, value);
  }
  if (used < args.length) {
    throw fail.argument(`${code.name} takes ${countOf(used)}, ${args.length} were given`);
  }
  if (taken < named.size) throw unknownKeyword(code, named);
}

function countOf(count: number): string {
  return count === 0 ? 'no arguments' : count === 1 ? '1 argument' : `${count} arguments`;
}

function unknownKeyword(code: FunctionCode, named: ReadonlyMap<string, Value>): Failure {
  const [first = ''] = leftOver(code, named).keys();
  const names = code.params.filter(({ kind }) => kind === 'positional' || kind === 'keyword').map(({ name }) => name);
  return fail.argument(`${code.name}: unknown argument '${first}'`, knownArguments(first, names));
}

/** The nearest of the arguments that there are, or all of them. */
export function knownArguments(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'it takes no arguments by name';
  return didYouMean(nearest(name, known)) ?? `its arguments are ${known.join(', ')}`;
}

/** The keywords that are no parameter's name. */
function leftOver(code: FunctionCode, named: ReadonlyMap<string, Value>): Map<string, Value> {
  const rest = new Map(named);
  for (const param of code.params) if (param.kind === 'positional' || param.kind === 'keyword') rest.delete(param.name);
  return rest;
}

function store(entry: Entry, frame: Frame, param: Param, given: Value | undefined): void {
  const { vm, code, site } = entry;
  let value = given;
  if (value === undefined) {
    if (!param.optional) throw fail.argument(`${code.name}: the argument '${param.name}' is missing`);
    const { initial } = param;
    value = initial === null ? null : vm.asRole(code.role, site, () => initial(frame));
  } else if (param.classes !== null && !param.classes.some((name) => isKind(value as Value, name))) {
    throw fail.argument(
      `${code.name}: the argument '${param.name}' must be ${param.classes.join(' or ')}, not ${typeName(value as Value)}`,
    );
  }
  frame[param.slot] = value;
}

/** True if a value is of a type by its short name, or of a class by its URL. */
export function isKind(value: Value, name: string): boolean {
  if (typeName(value) === name) return true;
  const url = canonicalUrl(name);
  return value instanceof Instance ? value.cls.isAt(url) : `puck.uno/${typeName(value)}` === url;
}

/** For blocks: surplus values are dropped, missing ones are null; one array fills several parameters. */
export function bindLoosely(vm: Machine, code: FunctionCode, frame: Frame, given: readonly Value[], site: Site): void {
  const wanted = code.params.filter((param) => param.kind === 'positional').length;
  const only = given[0];
  const hasRest = code.params.some((param) => param.kind === 'rest');
  const args = given.length === 1 && (wanted > 1 || (wanted === 1 && hasRest)) && Array.isArray(only) ? only : given;
  const entry: Entry = { vm, code, site };
  let used = 0;
  try {
    for (const param of code.params) {
      if (param.kind === 'positional') {
        const value = args[used++];
        store(entry, frame, param, value === undefined && !param.optional ? null : value);
      } else if (param.kind === 'rest') {
        store(entry, frame, param, args.slice(used));
        used = args.length;
      } else if (param.kind === 'options') {
        store(entry, frame, param, new Map());
      } else {
        store(entry, frame, param, param.kind === 'block' ? null : undefined);
      }
    }
  } catch (thrown) {
    throw vm.wrap(thrown, site);
  }
}
