/**
 * `%puck[url]`: the class or value that lives at a URL. Powerless side. A library runs once, in a role of its own that is
 * named by its URL, and sees nothing of whoever asked for it.
 */

import { builtinClassAt } from '../builtins/types.ts';
import { CaspianSyntaxError } from '../lexer/syntax-error.ts';
import type { Site } from './code.ts';
import { Failure, fail, ROOT } from './errors.ts';
import { builtinErrorClass } from './exceptions.ts';
import { MAX_NESTING, tooNested } from './limits.ts';
import type { Machine } from './machine.ts';
import { typeName } from './text.ts';
import { isReserved, libraryUrl } from './urls.ts';
import type { Value } from './values.ts';

/** Runs a library's source under its role and gives the value of its last statement. */
export type RunLibrary = (source: string, url: string, site: Site) => Value;

export class Libraries {
  readonly #vm: Machine;
  readonly #run: RunLibrary;
  readonly #loaded = new Map<string, Value>();
  readonly #copies = new Map<string, Value>();
  readonly #loading = new Set<string>();

  constructor(vm: Machine, run: RunLibrary) {
    this.#vm = vm;
    this.#run = run;
  }

  lookup(raw: Value, site: Site): Value {
    try {
      if (typeof raw !== 'string') throw fail.argument(`%puck takes a URL, not ${typeName(raw)}`);
      return this.#find(libraryUrl(raw), site);
    } catch (thrown) {
      throw this.#vm.wrap(thrown, site);
    }
  }

  #find(url: string, site: Site): Value {
    if (isReserved(url)) {
      const cls = builtinErrorClass(url) ?? builtinClassAt(url) ?? this.#vm.host.builtinClass(url);
      if (cls === null) throw fail.notFound(`nothing lives at ${url}`);
      return cls;
    }
    const cls = this.#vm.classAt(url, site.role);
    if (cls !== null) return cls;
    const value = this.#loaded.get(url) ?? this.#load(url, site);
    return typeof value === 'object' && url !== site.role ? this.#copyFor(url, value, site.role) : value;
  }

  /**
   * Arrays and hashes are given to each role as a copy of its own.
   * SECURITY: else one library could change what another one gives to the user (test/attacks/role-shared-exports).
   */
  #copyFor(url: string, value: Value, role: string): Value {
    const key = `${role} ${url}`;
    let copy = this.#copies.get(key);
    if (copy === undefined) {
      copy = copyOf(value, new Map(), 0);
      this.#copies.set(key, copy);
    }
    return copy;
  }

  #load(url: string, site: Site): Value {
    if (this.#loading.has(url)) throw fail.notFound(`${url} is still being loaded: it asks for itself`);
    const source = this.#vm.host.loadLibrary(url);
    if (source === null) throw fail.notFound(`nothing lives at ${url}`);
    this.#loading.add(url);
    try {
      const value = this.#run(source, url, site);
      this.#loaded.set(url, value);
      return value;
    } catch (thrown) {
      if (thrown instanceof CaspianSyntaxError) {
        throw new Failure(
          `${ROOT}/syntax`,
          `${thrown.file}:${thrown.line}:${thrown.column}: ${thrown.message}`,
          thrown.hint,
        );
      }
      throw thrown;
    } finally {
      this.#loading.delete(url);
    }
  }
}

/** A copy of arrays and hashes, and of what lies in them; everything else is shared. */
function copyOf(value: Value, copies: Map<Value, Value>, depth: number): Value {
  if (!Array.isArray(value) && !(value instanceof Map)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (depth > MAX_NESTING) tooNested();
  if (Array.isArray(value)) {
    const copy: Value[] = [];
    copies.set(value, copy);
    for (const item of value) copy.push(copyOf(item, copies, depth + 1));
    return copy;
  }
  const copy = new Map<string, Value>();
  copies.set(value, copy);
  for (const [key, item] of value) copy.set(key, copyOf(item, copies, depth + 1));
  return copy;
}
