/** Arguments of a call that are not just a few values: splats, keywords. Powerless side. */
import type { Arguments, Node } from '../parser/ast.ts';
import { NO_ARGS, NO_NAMED } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems } from '../runtime/limits.ts';
import { typeName } from '../runtime/text.ts';
import type { Frame, Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';

export interface CompiledArguments {
  readonly positional: (frame: Frame) => readonly Value[];
  readonly named: (frame: Frame) => ReadonlyMap<string, Value>;
}

/** The values of a plain list of up to three, or null for anything else. */
export function plainArguments(c: Compiler, args: Arguments): readonly Eval[] | null {
  const { positional, named } = args;
  // Nothing is compiled before it is clear that it will be used: twice at each level is 2^n times in all.
  if (named.length > 0 || positional.length > 3 || positional.some((arg) => arg.type === 'splat')) return null;
  return positional.map((arg) => c.value(arg as Node));
}

export function compileArguments(c: Compiler, args: Arguments, line: number): CompiledArguments {
  return { positional: positionalOf(c, args, line), named: namedOf(c, args, line) };
}

function positionalOf(c: Compiler, args: Arguments, line: number): (frame: Frame) => readonly Value[] {
  if (args.positional.length === 0) return () => NO_ARGS;
  const { vm } = c;
  const site = c.site(line, '');
  if (args.positional.every((arg) => arg.type !== 'splat')) {
    const values = args.positional.map((arg) => c.value(arg as Node));
    return (frame) => {
      const list: Value[] = [];
      for (let at = 0; at < values.length; at++) list.push((values[at] as Eval)(frame));
      return list;
    };
  }
  const parts = args.positional.map((arg) =>
    arg.type === 'splat' ? { splat: true, value: c.value(arg.value) } : { splat: false, value: c.value(arg) },
  );
  return (frame) => {
    const list: Value[] = [];
    for (const part of parts) {
      const value = part.value(frame);
      if (!part.splat) list.push(value);
      else if (Array.isArray(value)) {
        checkItems(list.length + value.length);
        for (const item of value) list.push(item);
      } else throw vm.wrap(fail.type(`* expands an array, not ${typeName(value)}`), site);
    }
    return list;
  };
}

function namedOf(c: Compiler, args: Arguments, line: number): (frame: Frame) => ReadonlyMap<string, Value> {
  if (args.named.length === 0) return () => NO_NAMED;
  const { vm } = c;
  const site = c.site(line, '');
  const parts = args.named.map((arg) => ({ name: 'name' in arg ? arg.name : null, value: c.value(arg.value) }));
  return (frame) => {
    const named = new Map<string, Value>();
    const put = (name: string, value: Value): void => {
      if (named.has(name)) throw vm.wrap(fail.argument(`the argument '${name}' is given twice`), site);
      named.set(name, value);
    };
    for (const part of parts) {
      const value = part.value(frame);
      if (part.name !== null) put(part.name, value);
      else if (value instanceof Map) for (const [name, item] of value) put(name, item);
      else throw vm.wrap(fail.type(`** expands a hash, not ${typeName(value)}`), site);
    }
    return named;
  };
}
