/**
 * `class … end` to a class. Powerless side. Methods are compiled once; each time the expression runs it makes a class.
 */
import type { ClassLiteral, ClassMember, FunctionLiteral } from '../parser/ast.ts';
import { type Method, NativeMethod, ScriptMethod } from '../runtime/classes.ts';
import type { FunctionCode, Site } from '../runtime/code.ts';
import { fail } from '../runtime/errors.ts';
import { isOpen } from '../runtime/objects.ts';
import { typeName } from '../runtime/text.ts';
import { isBelow, isReserved, libraryUrl } from '../runtime/urls.ts';
import { ClassValue, type FieldSpec, type Frame, FunctionValue, Instance, type Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import { compileFunction, setField } from './functions.ts';
import type { Eval } from './nodes.ts';

export function classValue(c: Compiler, node: ClassLiteral): Eval {
  const { vm, role } = c;
  const site = c.site(node.line, 'class');
  const parent = parentOf(c, node);
  const fields = node.members.filter((member) => member.type === 'field');
  const defaults = fields.map((field) => (field.initial === null ? null : c.value(field.initial)));
  const methods = compileMembers(c, node);
  return (frame) => {
    const url = node.url === null ? null : checkedUrl(c, node.url, site);
    const above = parent === null ? null : parent(frame);
    if (above !== null && !(above instanceof ClassValue)) {
      throw vm.wrap(fail.type(`a class can not inherit from ${typeName(above)}`), site);
    }
    if (above !== null && !isOpen(above)) {
      throw vm.wrap(fail.argument(`a class can not inherit from ${above.name}`), site);
    }
    const cls: ClassValue = new ClassValue({
      name: url ?? 'class',
      url,
      role,
      parent: above,
      fill: (table) => {
        for (const field of fields) fillAccessors(table, field);
        for (const [name, code] of methods) table.set(name, new ScriptMethod(code, cls));
      },
    });
    fields.forEach((field, at) => {
      cls.fieldSpecs.push(fieldSpec(field.name, defaults[at] ?? null, frame));
    });
    if (url !== null) vm.classes.set(url, cls);
    return cls;
  };
}

function fieldSpec(name: string, initial: Eval | null, frame: Frame): FieldSpec {
  return { name, initial: initial === null ? null : () => initial(frame) };
}

/** The one `inherits` of a class, as something that gives the class above. */
function parentOf(c: Compiler, node: ClassLiteral): Eval | null {
  const found = node.members.filter((member) => member.type === 'inherits');
  const [first, second] = found;
  if (first === undefined) return null;
  if (second !== undefined) return c.fails(second.line, () => fail.argument('a class inherits from one class'));
  const parent = c.value(first.parent);
  const site = c.site(first.line, 'inherits');
  const { libraries } = c;
  return (frame) => {
    const value = parent(frame);
    return typeof value === 'string' ? libraries.lookup(value, site) : value;
  };
}

/** Where a class may live: anywhere but below puck.uno for the user, below its own URL for a library. */
function checkedUrl(c: Compiler, raw: string, site: Site): string {
  const { vm, role } = c;
  try {
    const url = libraryUrl(raw);
    if (isReserved(url)) throw fail.argument(`${url}: 'puck.uno/' is reserved`);
    if (role !== 'user' && !isBelow(url, role)) {
      throw fail.argument(`${url}: the library ${role} may define classes only below its own URL`);
    }
    if (vm.classes.has(url)) throw fail.argument(`${url}: there is a class at this URL already`);
    return url;
  } catch (thrown) {
    throw vm.wrap(thrown, site);
  }
}

/** Helpers are seen by every method of the class, so their names are known before any is compiled. */
function compileMembers(c: Compiler, node: ClassLiteral): ReadonlyMap<string, FunctionCode> {
  const functions = node.members.filter((member): member is FunctionLiteral => member.type === 'function');
  const helpers = new Map<string, number>();
  for (const { kind, name } of functions) {
    if (kind !== 'function' || name === null) continue;
    helpers.set(name, c.globals.length);
    c.globals.push(undefined);
  }
  c.helpers.push(helpers);
  const methods = new Map<string, FunctionCode>();
  for (const literal of functions) {
    const name = literal.name ?? '';
    const code = compileFunction(c, literal, literal.kind === 'method' ? 'method' : 'function', name);
    if (literal.kind === 'method') methods.set(name, code);
    else c.globals[helpers.get(name) ?? 0] = new FunctionValue(code, undefined, null);
  }
  c.helpers.pop();
  return methods;
}

function fillAccessors(table: Map<string, Method>, field: ClassMember & { readonly type: 'field' }): void {
  const { name } = field;
  if (field.get) {
    table.set(
      name,
      new NativeMethod(name, {}, (self) => {
        const object = self as Instance;
        return object.fields[object.cls.slotOf(name)] ?? null;
      }),
    );
  }
  if (field.set) {
    const setter = `${name}=`;
    table.set(
      setter,
      new NativeMethod(setter, { params: ['value'] }, (self, args) => {
        const value: Value = args[0] ?? null;
        if (self instanceof Instance) setField(self, name, value);
        return value;
      }),
    );
  }
}
