/**
 * What src/stdlib makes Caspian objects and classes with. Powerless side. A native class never hands its inside to a
 * script: methods get the `state`, scripts hold the object around it.
 */
import { Call } from './runtime/call.ts';
import { type NativeBody, NativeMethod, type NativeShape } from './runtime/classes.ts';
import { fail } from './runtime/errors.ts';
import { canonicalUrl } from './runtime/urls.ts';
import { ClassValue, Instance, type Value } from './runtime/values.ts';

export { generateJson, parseJson } from './builtins/json.ts';
export type { RuntimeHost } from './host.ts';
export { exceptionOf } from './runtime/exceptions.ts';
export { bytesOf, fromPlain, type Plain, textOf, toPlain } from './runtime/plain.ts';
export { Bytes, ClassValue, FunctionValue, type Hash, Instance, type Value } from './runtime/values.ts';
export { Call, type NativeShape };

/** A property: takes nothing, gives a value. */
export type NativeGetter<T> = (state: T, call: Call, self: Instance) => Value;

/** A method with arguments. `args[i]` is undefined for one that was left out; keywords are in `call.named`. */
export interface NativeFunction<T> extends NativeShape {
  readonly run: (state: T, args: readonly Value[], call: Call, self: Instance) => Value;
}

export interface NativeClassSpec<T> {
  /** Where the class lives, such as `puck.uno/socket/tcp`. */
  readonly url: string;
  readonly parent?: ClassValue;
  /**
   * `.new` only where the caller's role is `user` and every class of the chain is the user's or built in; anything else
   * raises puck.uno/error/network/host_not_allowed. Inherited.
   */
  readonly requiresNet?: boolean;
  /** Makes the state for `.new` (and for `super` in the `init` of a script's subclass). Absent: `.new` raises. */
  readonly construct?: NativeShape & { readonly run: (args: readonly Value[], call: Call) => T };
  /** By Caspian's names: `'status'`, `'ok?'`, `'timeout='` (one argument). Read when the class is first used. */
  readonly methods: Readonly<Record<string, NativeGetter<T> | NativeFunction<T>>>;
}

export function defineClass<T>(spec: NativeClassSpec<T>): ClassValue {
  const construct = spec.construct;
  return new ClassValue({
    name: canonicalUrl(spec.url),
    url: canonicalUrl(spec.url),
    role: 'stdlib',
    parent: spec.parent ?? null,
    ...(spec.requiresNet === undefined ? {} : { requiresNet: spec.requiresNet }),
    construct:
      construct === undefined
        ? null
        : new NativeMethod(`${spec.url}.new`, construct, (self, args, call) => {
            (self as Instance).state = construct.run(args, call);
            return self;
          }),
    fill: (methods) => {
      for (const [name, member] of Object.entries(spec.methods)) methods.set(name, nativeMethod(name, member));
    },
  });
}

function nativeMethod<T>(name: string, member: NativeGetter<T> | NativeFunction<T>): NativeMethod {
  if (typeof member === 'function') {
    const getter: NativeBody = (self, _args, call) => member(stateOf<T>(self, name), call, self as Instance);
    return new NativeMethod(name, {}, getter);
  }
  return new NativeMethod(name, member, (self, args, call) =>
    member.run(stateOf<T>(self, name), args, call, self as Instance),
  );
}

function stateOf<T>(self: Value, name: string): T {
  const state = (self as Instance).state;
  if (state === undefined) throw fail.argument(`${name}: this object is not ready: its init has not called super`);
  return state as T;
}

/** An object of a native class around a state that is there already. */
export function makeObject<T>(cls: ClassValue, state: T): Instance {
  return new Instance(cls, state);
}

/** The state of an object of `cls` (or of a subclass); null for anything else. */
export function stateIn<T>(value: Value, cls: ClassValue): T | null {
  return value instanceof Instance && value.cls.isA(cls) && value.state !== undefined ? (value.state as T) : null;
}
