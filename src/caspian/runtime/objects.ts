/**
 * Making objects. Powerless side.
 * SECURITY: a class that opens connections is made only where the caller and every class of the chain are the user's or
 * built in (test/attacks/caspian-network-class-*), since what it opens is opened by the user's grant.
 */
import { HostNotAllowedError } from '../../errors/classes.ts';
import { Call } from './call.ts';
import { NativeMethod, ScriptMethod } from './classes.ts';
import type { FunctionCode, Site } from './code.ts';
import { fail } from './errors.ts';
import type { Machine } from './machine.ts';
import { type ClassValue, type FunctionValue, Instance, type Value } from './values.ts';

/**
 * True if objects of a class can be made, and other classes inherit from it: the built-in ones that have no constructor
 * have methods that know only what the engine has made.
 */
export function isOpen(cls: ClassValue): boolean {
  return cls.role !== 'stdlib' || cls.construct !== null;
}

/** `$class.new(…)`. */
export function instantiate(
  vm: Machine,
  cls: ClassValue,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  block: FunctionValue | null,
  site: Site,
): Value {
  if (cls.requiresNet) checkNet(vm, cls, site);
  if (!isOpen(cls)) throw vm.wrap(fail.argument(`${cls.name} can not be made with new`), site);
  const object = new Instance(cls);
  setDefaults(vm, object, cls, site);
  const init = cls.find('init');
  if (init instanceof ScriptMethod) {
    vm.runCode(init.code, undefined, object, block, args, named, site);
  } else if (cls.construct !== null) {
    construct(vm, cls.construct, object, args, takeFields(object, named), block, site);
  } else {
    if (args.length > 0)
      throw vm.wrap(fail.argument(`${cls.name}.new takes no positional arguments: it has no init`), site);
    const [unknown] = takeFields(object, named).keys();
    if (unknown !== undefined) throw vm.wrap(fail.argument(`${cls.name}.new: unknown argument '${unknown}'`), site);
  }
  return object;
}

function checkNet(vm: Machine, cls: ClassValue, site: Site): void {
  const roles = [site.role];
  for (let at: ClassValue | null = cls; at !== null; at = at.parent) roles.push(at.role);
  const stranger = roles.find((role, at) => role !== 'user' && (at === 0 || role !== 'stdlib'));
  if (stranger === undefined) return;
  const message = `${cls.name}.new: the role '${stranger}' has no network`;
  throw vm.wrap(new HostNotAllowedError(message, { hint: 'pass an object that the user has opened' }), site);
}

/** The defaults of the declared fields, the oldest class first. */
function setDefaults(vm: Machine, object: Instance, cls: ClassValue, site: Site): void {
  if (cls.parent !== null) setDefaults(vm, object, cls.parent, site);
  for (const { name, initial } of cls.fieldSpecs) {
    setField(object, name, initial === null ? null : vm.asRole(cls.role, site, initial));
  }
}

function setField(object: Instance, name: string, value: Value): void {
  const slot = object.cls.slotOf(name);
  while (object.fields.length < slot) object.fields.push(undefined);
  object.fields[slot] = value;
}

/** Stores the keywords that are declared fields; gives the others. */
function takeFields(object: Instance, named: ReadonlyMap<string, Value>): Map<string, Value> {
  const rest = new Map(named);
  for (let cls: ClassValue | null = object.cls; cls !== null; cls = cls.parent) {
    for (const { name } of cls.fieldSpecs) {
      const value = rest.get(name);
      if (value === undefined) continue;
      setField(object, name, value);
      rest.delete(name);
    }
  }
  return rest;
}

function construct(
  vm: Machine,
  method: NonNullable<ClassValue['construct']>,
  object: Instance,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  block: FunctionValue | null,
  site: Site,
): void {
  if (method instanceof NativeMethod) vm.callNative(method, object, args, new Call(vm, site, named, block));
}

/** `super(…)` in the method `current`: runs what stands above the class that owns it. */
export function callSuper(
  vm: Machine,
  self: Value,
  current: { readonly name: string; readonly code: FunctionCode },
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  block: FunctionValue | null,
  site: Site,
): Value {
  if (!(self instanceof Instance)) throw vm.wrap(fail.type('super stands outside a method'), site);
  const owner = ownerOf(self.cls, current);
  const above = owner?.parent?.find(current.name);
  if (above !== undefined) return vm.invokeMethod(above, self, args, named, block, site);
  if (current.name !== 'init') {
    throw vm.wrap(fail.undefinedMethod(`no class above has a method '${current.name}'`), site);
  }
  const native = owner?.parent?.construct ?? null;
  if (native !== null) {
    if (self.cls.requiresNet) checkNet(vm, self.cls, site);
    construct(vm, native, self, args, takeFields(self, named), block, site);
  } else {
    const [unknown] = takeFields(self, named).keys();
    if (args.length > 0 || unknown !== undefined)
      throw vm.wrap(fail.argument('the init above takes no arguments'), site);
  }
  return null;
}

/** The class of the chain that the running method was written in. */
function ownerOf(cls: ClassValue, current: { readonly name: string; readonly code: FunctionCode }): ClassValue | null {
  for (let method = cls.find(current.name); method instanceof ScriptMethod; ) {
    if (method.code === current.code) return method.owner;
    method = method.owner.parent?.find(current.name);
  }
  return null;
}
