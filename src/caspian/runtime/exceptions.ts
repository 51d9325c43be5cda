/**
 * Exception objects and the tree of their classes. Powerless side. The classes of the table in src/errors and those of
 * the language are made on first use; a native error and its exception carry the same fields.
 */
import { CaspianError } from '../../errors/classes.ts';
import { errorRow } from '../../errors/table.ts';
import { exceptionMethods } from '../builtins/exception.ts';
import { NativeMethod } from './classes.ts';
import type { Site } from './code.ts';
import { type ErrorState, errorState, fail, ROOT } from './errors.ts';
import { textOf } from './plain.ts';
import { ClassValue, Instance, type Value } from './values.ts';

/** Types that only the language raises; all are children of the root. */
const OWN_TYPES: ReadonlySet<string> = new Set(
  [
    'type',
    'undefined_variable',
    'undefined_method',
    'not_found',
    'too_large',
    'too_deep',
    'jump',
    'timeout',
    'syntax',
  ].map((name) => `${ROOT}/${name}`),
);

const made = new Map<string, ClassValue>();

/** The built-in class of a type, or null for a type that only scripts know. */
export function builtinErrorClass(type: string): ClassValue | null {
  const known = made.get(type);
  if (known !== undefined) return known;
  const row = errorRow(type);
  if (row === undefined && !OWN_TYPES.has(type)) return null;
  const parent = type === ROOT ? null : builtinErrorClass(row?.parent ?? ROOT);
  const cls = errorClassBelow(type, parent);
  made.set(type, cls);
  return cls;
}

/** A class for a type that nobody has declared: a child of `parent` without methods of its own. */
export function errorClassBelow(type: string, parent: ClassValue | null): ClassValue {
  return new ClassValue({
    name: type,
    url: type,
    role: 'stdlib',
    parent,
    ...(parent === null ? { construct: newException, fill: exceptionMethods } : {}),
  });
}

const newException = new NativeMethod('new', { params: ['message?'], named: ['hint', 'cause'] }, (self, args, call) => {
  const state = errorState(args[0] === undefined ? '' : call.vm.display(args[0], call.by));
  const hint = call.named.get('hint') ?? null;
  state.hint = hint === null ? null : textOf(hint, 'hint');
  state.cause = call.named.get('cause') ?? null;
  if (state.cause !== null && !isException(state.cause)) throw fail.argument('cause must be an exception');
  (self as Instance).state = state;
  return self;
});

export function rootErrorClass(): ClassValue {
  return builtinErrorClass(ROOT) as ClassValue;
}

export function isException(value: Value): value is Instance {
  return value instanceof Instance && value.cls.isA(rootErrorClass());
}

/** The inside of an exception; one whose `init` never called `super` gets an empty one. */
export function stateOf(exception: Instance): ErrorState {
  exception.state ??= errorState('');
  return exception.state as ErrorState;
}

/** An exception object for a native error, placed where `by` called. For errors that are returned and not thrown. */
export function exceptionOf(error: CaspianError, by: Site): Instance {
  const state = errorState(error.message, error);
  if (error.cause instanceof CaspianError) state.cause = exceptionOf(error.cause, by);
  locate(state, by, []);
  return new Instance(builtinErrorClass(error.type) ?? rootErrorClass(), state);
}

export function locate(state: ErrorState, site: Site, backtrace: readonly string[]): void {
  state.role = site.role;
  state.file = site.file;
  state.line = site.line;
  state.backtrace = backtrace;
}
