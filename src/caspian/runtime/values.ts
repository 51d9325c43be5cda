/**
 * What a script's values are in JavaScript. Powerless side; everything a script holds is one of these, and nothing here
 * is ever looked up by a name of the script's on a JavaScript object: names live in Maps.
 */
import type { Method } from './classes.ts';
import type { FunctionCode } from './code.ts';

export type Value = null | boolean | number | string | Bytes | Value[] | Hash | FunctionValue | ClassValue | Instance;

/** Keys are strings; the order of insertion is kept. */
export type Hash = Map<string, Value>;

/** A string made of bytes: exact, whatever they are. Nothing writes into `data` once it is a value. */
export class Bytes {
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }
}

/** What a frame's slot holds; undefined is a variable that is not set. Slot 0 is the frame around it. */
export type Slot = Value | Frame | undefined;

/** The variables of one activation: [frame around it, self, block or function, local, local, …]. */
export interface Frame extends Array<Slot> {}

/** A function, closure or block together with what it captured. It always runs as the role of its code. */
export class FunctionValue {
  readonly code: FunctionCode;
  readonly env: Frame | undefined;
  readonly self: Value;
  /** True while the call that this block was written at is under way: only then can it break out of that call. */
  live = false;

  constructor(code: FunctionCode, env: Frame | undefined, self: Value) {
    this.code = code;
    this.env = env;
    this.self = self;
  }
}

/** An object of a class: a script's, an exception, or one that the engine provides (`state` is then its inside). */
export class Instance {
  readonly cls: ClassValue;
  /** Fields by the slots of `cls.layout`; undefined is a field never set. */
  readonly fields: (Value | undefined)[];
  /** What a native class keeps; undefined until its constructor has run. No script ever sees it. */
  state: unknown;

  constructor(cls: ClassValue, state: unknown = undefined) {
    this.cls = cls;
    this.fields = [];
    this.state = state;
  }
}

/** What a class needs at its making. */
export interface ClassParts {
  /** For people: the URL, or a word. */
  readonly name: string;
  /** Canonical URL, without `https://`; null for a class that was given none. */
  readonly url: string | null;
  /** Who owns it: `user`, `stdlib`, or a library's URL. */
  readonly role: string;
  readonly parent: ClassValue | null;
  /** Fills the own methods when the class is first asked for one. */
  readonly fill?: (methods: Map<string, Method>) => void;
  /** Makes the state of a new object; absent for a class that can't be made with `.new`. */
  readonly construct?: Method | null;
  /** `.new` only where the caller and every class of the chain are the user's or built in. */
  readonly requiresNet?: boolean;
}

/** A field that a class declares. */
export interface FieldSpec {
  readonly name: string;
  /** Gives the default for a new object; null where there is none. */
  readonly initial: (() => Value) | null;
}

/** A class, native or a script's. Its methods are fixed once it is made. */
export class ClassValue {
  readonly name: string;
  readonly url: string | null;
  readonly role: string;
  readonly parent: ClassValue | null;
  readonly requiresNet: boolean;
  readonly construct: Method | null;
  /** Slot of each field that an object of exactly this class has. */
  readonly layout = new Map<string, number>();
  readonly fieldSpecs: FieldSpec[] = [];
  #fill: ((methods: Map<string, Method>) => void) | null;
  #methods: Map<string, Method> | null = null;

  constructor(parts: ClassParts) {
    this.name = parts.name;
    this.url = parts.url;
    this.role = parts.role;
    this.parent = parts.parent;
    this.requiresNet = parts.requiresNet ?? parts.parent?.requiresNet ?? false;
    this.construct = parts.construct ?? parts.parent?.construct ?? null;
    this.#fill = parts.fill ?? null;
  }

  /** Own and inherited methods in one table. */
  get methods(): Map<string, Method> {
    if (this.#methods === null) {
      this.#methods = new Map(this.parent?.methods);
      this.#fill?.(this.#methods);
      this.#fill = null;
    }
    return this.#methods;
  }

  find(name: string): Method | undefined {
    return this.methods.get(name);
  }

  /** True if this is `other` or inherits from it. */
  isA(other: ClassValue): boolean {
    for (let cls: ClassValue | null = this; cls !== null; cls = cls.parent) if (cls === other) return true;
    return false;
  }

  /** True if this class or one it inherits from lives at that URL. */
  isAt(url: string): boolean {
    for (let cls: ClassValue | null = this; cls !== null; cls = cls.parent) if (cls.url === url) return true;
    return false;
  }

  /** The slot of a field, given out on first use. */
  slotOf(field: string): number {
    let slot = this.layout.get(field);
    if (slot === undefined) {
      slot = this.layout.size;
      this.layout.set(field, slot);
    }
    return slot;
  }
}

/** Only `false` and `null` are falsy. */
export function truthy(value: Value): boolean {
  return value !== false && value !== null;
}
