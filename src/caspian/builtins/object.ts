/**
 * What every value answers: `.object` (class, role, `isa?`, jail), `.to_string`, `.inspect`. Powerless side.
 * SECURITY: a jail holds what it wraps in its methods' closures alone; no field, state or text of it leads there
 * (test/attacks/caspian-jail-*).
 */
import { isKind } from '../runtime/arguments.ts';
import { NativeMethod } from '../runtime/classes.ts';
import { fail } from '../runtime/errors.ts';
import { textOf } from '../runtime/plain.ts';
import { inspect } from '../runtime/text.ts';
import { canonicalUrl } from '../runtime/urls.ts';
import { ClassValue, FunctionValue, Instance, type Value } from '../runtime/values.ts';
import { fillFrom, type MethodTable, WITH_BLOCK } from './table.ts';
import { classOf } from './types.ts';

export const OBJECT_TABLE: MethodTable<Instance> = {
  class: (facet) => classOfAny(targetOf(facet)),
  role: (facet) => roleOf(targetOf(facet)),
  'isa?': [['class'], (facet, args) => isOf(targetOf(facet), args[0] ?? null)],
  'responds_to?': [
    ['name'],
    (facet, args) => classOfAny(targetOf(facet)).find(textOf(args[0], 'the name')) !== undefined,
  ],
  'same?': [['other'], (facet, args) => targetOf(facet) === args[0]],
  jail: [['*methods'], (facet, args) => jail(targetOf(facet), args)],
  methods: (facet) => methodNames(targetOf(facet)),
};

const facetClass = new ClassValue({
  name: 'puck.uno/object',
  url: 'puck.uno/object',
  role: 'stdlib',
  parent: null,
  fill: fillFrom<Instance>(OBJECT_TABLE),
});

/** The state of a facet is a list of one, since the state of an object that is not ready is undefined. */
function targetOf(facet: Instance): Value {
  return (facet.state as [Value])[0];
}

/** The names of what a value answers, its own first. */
export function methodNames(value: Value): string[] {
  const own = [...classOfAny(value).methods.keys()].filter((name) => name !== 'init').sort();
  return [...own, ...Object.keys(UNIVERSAL_TABLE).filter((name) => !own.includes(name))];
}

function classOfAny(value: Value): ClassValue {
  return value instanceof Instance ? value.cls : classOf(value);
}

function roleOf(value: Value): string {
  if (value instanceof FunctionValue) return value.code.role;
  if (value instanceof ClassValue) return value.role;
  return classOfAny(value).role;
}

function isOf(value: Value, kind: Value): boolean {
  if (kind instanceof ClassValue) return classOfAny(value).isA(kind);
  const name = textOf(kind, 'the class');
  return isKind(value, name) || classOfAny(value).isAt(canonicalUrl(name));
}

/** A wrapper that answers only the methods that are named. */
function jail(target: Value, names: readonly Value[]): Instance {
  const allowed = names.flat(1).map((name) => textOf(name, "a method's name"));
  if (allowed.length === 0) throw fail.argument('a jail needs the names of the methods that it lets through');
  if (allowed.includes('object')) throw fail.argument("'object' can not be let through a jail");
  const cls = new ClassValue({
    name: 'puck.uno/jail',
    url: 'puck.uno/jail',
    role: 'stdlib',
    parent: null,
    fill: (methods) => {
      for (const name of allowed) methods.set(name, passage(target, name));
    },
  });
  return new Instance(cls);
}

/** Calls the method on what is inside. A method that gives its own object gives the jail instead. */
function passage(target: Value, name: string): NativeMethod {
  return new NativeMethod(name, { params: ['*args'], named: 'any', block: 'optional' }, (self, args, call) => {
    const { vm, by, named, block } = call;
    const result = vm.invokeMethod(vm.methodOf(target, name, by), target, args, named, block, by);
    return result === target ? self : result;
  });
}

/** What every value answers, beside the methods of its own type. */
export const UNIVERSAL_TABLE: MethodTable<Value> = {
  object: (self) => new Instance(facetClass, [self]),
  inspect: (self) => inspect(self),
  to_string: (self, call) => call.vm.display(self, call.by),
  'null?': (self) => self === null,
  tap: [
    WITH_BLOCK,
    (self, _args, call) => {
      call.yield(self);
      return self;
    },
  ],
};

export const universalMethods = fillFrom<Value>(UNIVERSAL_TABLE);
