/**
 * Between a script's arguments and what crosses to the kernel. Powerless. Caspian names options in snake_case, the
 * kernel in camelCase; arguments are made plain data once, here, before anything looks at them.
 */

import { type Call, generateJson, type Plain, toPlain, type Value } from '../../caspian/native.ts';
import { ArgumentError, CaspianError } from '../../errors/classes.ts';
import { fromRecord, toRecord } from '../../errors/record.ts';
import type { By } from '../../wire/records.ts';
import type { RawOptions } from '../session.ts';
import { DEFAULT_TIMEOUT } from '../session.ts';

/**
 * Options from a hash, from keywords, or both; the keywords win. Keys become camelCase, values plain data.
 * `taken`: keywords that stand for positional arguments, and so are no options.
 */
export function readOptions(
  hash: Value | undefined,
  call: Call,
  what: string,
  taken: readonly string[] = [],
): RawOptions {
  const options = readHash(hash ?? null, what);
  for (const [key, value] of call.named) {
    if (key === 'options' || taken.includes(key)) continue;
    options[camelCase(key)] = readOption(key, value, what);
  }
  return options;
}

/** Options from a hash alone; none from null. */
export function readHash(hash: Value, what: string): { [key: string]: Plain } {
  const options: { [key: string]: Plain } = Object.create(null);
  if (hash === null) return options;
  if (!(hash instanceof Map)) throw new ArgumentError(`${what}: the options must be a hash`);
  for (const [key, value] of hash) options[camelCase(key)] = readOption(key, value, what);
  return options;
}

/**
 * One option as plain data. What is to be JSON becomes what JSON can say: bytes are text there. `tls` is options itself.
 */
function readOption(key: string, value: Value, what: string): Plain {
  if (key === 'body_json') return JSON.parse(generateJson(value));
  const plain = toPlain(value, `${what}: ${key}`);
  if (key !== 'tls' || !(value instanceof Map)) return plain;
  return Object.fromEntries(Object.entries(plain ?? {}).map(([name, option]) => [camelCase(name), option]));
}

/**
 * Runs a call that may block, bounded by the `%utils.timeout` around it, if there is one, and with Caspian's names in
 * what it complains of.
 */
export function blocking<T>(options: RawOptions, call: Call, run: (options: RawOptions) => T): T {
  const left = call.timeLeft();
  try {
    return run(left === null ? options : { ...options, timeout: shorter(options['timeout'], left / 1000) });
  } catch (thrown) {
    call.checkTime();
    throw inCaspianNames(thrown);
  }
}

/** Who is asking just now: a session's `by` reads it, and every method that makes the kernel decide sets it first. */
export class Asker {
  by: By = { role: 'stdlib', file: null, line: null };

  /** `blocking`, in the name of who called the method. */
  ask<T>(options: RawOptions, call: Call, run: (options: RawOptions) => T): T {
    this.by = call.by;
    return blocking(options, call, run);
  }
}

/** The shorter of what was asked for and what is left. Never 0, which would be no time-out at all. */
function shorter(asked: unknown, left: number): number {
  const wanted = asked === undefined ? DEFAULT_TIMEOUT : typeof asked === 'number' ? asked : Number.POSITIVE_INFINITY;
  return Math.max(0.001, Math.min(wanted, left));
}

/** The kernel's complaint about an option, by the name that the script wrote. Hints of other errors name options too. */
function inCaspianNames(thrown: unknown): unknown {
  if (!(thrown instanceof CaspianError)) return thrown;
  const message = thrown instanceof ArgumentError ? snakeCaseWords(thrown.message) : thrown.message;
  const hint = thrown.hint === null ? null : snakeCaseWords(thrown.hint);
  return fromRecord({ ...toRecord(thrown), message, hint });
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Words such as `maxBody`, not those with a capital in front: those are names of another kind. */
function snakeCaseWords(text: string): string {
  return text.replaceAll(/\b[a-z]+(?:[A-Z][a-z0-9]+)+\b/g, snakeCase);
}

/** `allowNet` → `allow_net`: the keys of this language. */
export function inSnakeCase(record: { readonly [key: string]: unknown }): Map<string, unknown> {
  return new Map(Object.entries(record).map(([key, value]) => [snakeCase(key), value]));
}

/** `maxBody` → `max_body`. */
export function snakeCase(word: string): string {
  return word.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
