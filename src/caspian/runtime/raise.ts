/**
 * What `raise` is given, as an exception object; what `catch` is given, as URLs. Powerless side.
 */
import type { Site } from './code.ts';
import { fail } from './errors.ts';
import { builtinErrorClass, errorClassBelow, isException, rootErrorClass, stateOf } from './exceptions.ts';
import type { Machine } from './machine.ts';
import { instantiate } from './objects.ts';
import { typeName } from './text.ts';
import { canonicalUrl, isReserved, libraryUrl } from './urls.ts';
import { ClassValue, type Instance, type Value } from './values.ts';

/** `raise $e`, `raise 'url', 'message'`, `raise $class, 'message'`, `raise 'message'`. */
export function raiseValues(
  vm: Machine,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  site: Site,
): Instance {
  const [first = null, ...rest] = args;
  if (isException(first) && rest.length === 0 && named.size === 0) return first;
  if (typeof first === 'string' && rest.length === 0 && !looksLikeUrl(first)) {
    return exceptionFrom(vm, rootErrorClass(), [first], named, site);
  }
  if (typeof first === 'string') return exceptionFrom(vm, classAt(vm, first, site), rest, named, site);
  if (first instanceof ClassValue && first.isA(rootErrorClass())) return exceptionFrom(vm, first, rest, named, site);
  throw vm.wrap(
    fail.argument(`raise takes an exception, or the URL of its class and a message, not ${typeName(first)}`),
    site,
  );
}

function looksLikeUrl(text: string): boolean {
  return /^(?:https:\/\/)?[\w.:-]+\/\S*$/.test(text);
}

function exceptionFrom(
  vm: Machine,
  cls: ClassValue,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  site: Site,
): Instance {
  const exception = instantiate(vm, cls, args, named, null, site) as Instance;
  const state = stateOf(exception);
  if (state.message === '') state.message = cls.name;
  return exception;
}

/** The class that a type stands for: built in, declared by a script, or known only by being raised. */
function classAt(vm: Machine, raw: string, site: Site): ClassValue {
  try {
    const url = libraryUrl(raw);
    const known = builtinErrorClass(url) ?? vm.classAt(url, site.role);
    if (known !== null) {
      if (!known.isA(rootErrorClass())) throw fail.argument(`${url} is no class of exceptions`);
      return known;
    }
    if (isReserved(url) && !url.startsWith('puck.uno/error/')) throw fail.argument(`${url} can not be raised`);
    const undeclared = vm.undeclared.get(url) ?? errorClassBelow(url, rootErrorClass());
    vm.undeclared.set(url, undeclared);
    return undeclared;
  } catch (thrown) {
    throw vm.wrap(thrown, site);
  }
}

/** What a `catch` names: a URL, which need not be one of a class that exists, or a class. */
export function wantedType(vm: Machine, value: Value, site: Site): string | ClassValue {
  if (typeof value === 'string') return canonicalUrl(value);
  if (value instanceof ClassValue) return value;
  throw vm.wrap(fail.argument(`catch takes classes and their URLs, not ${typeName(value)}`), site);
}
