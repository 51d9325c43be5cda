/**
 * The guard of raw arguments: nothing that a script's thread sent reaches an operation before it has been read here
 * against the operations table. Trusted side, pure. What an honest script's side never sends is a WireViolation and
 * ends the link; a value of the wrong kind is the script's own mistake and an ArgumentError.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { decodeAll, type WireValue } from '../../wire/codec.ts';
import { type ArgumentKind, type Operation, operationNumbered } from '../../wire/operations.ts';
import type { By } from '../../wire/records.ts';
import { WireViolation } from '../../wire/violation.ts';

/** Longest role or file name that is taken into a report. */
const MAX_LABEL = 512;
/** Longest text argument: a URL or a host. */
const MAX_TEXT = 1_048_576;

const readText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end);

export type WireRecord = { readonly [key: string]: WireValue | undefined };

/** One call, checked: its row, and arguments of the kinds that the row states. */
export class Call {
  readonly operation: Operation;
  /** Aborts when who asked wants no answer any more; undefined: the session's says so. */
  readonly signal: AbortSignal | undefined;
  /** How many bytes it came in. */
  readonly size: number;
  readonly #values: readonly WireValue[];

  constructor(operation: Operation, values: readonly WireValue[], size: number, signal?: AbortSignal) {
    this.operation = operation;
    this.size = size;
    this.signal = signal;
    this.#values = values;
  }

  text(index: number): string {
    const value = this.#values[index];
    return typeof value === 'string' ? value : mismatch(this.operation, index);
  }

  integer(index: number): number {
    const value = this.#values[index];
    return typeof value === 'number' ? value : mismatch(this.operation, index);
  }

  boolean(index: number): boolean {
    return this.#values[index] === true;
  }

  bytes(index: number): Uint8Array {
    const value = this.#values[index];
    return value instanceof Uint8Array ? value : mismatch(this.operation, index);
  }

  /** Seconds, or null for no limit. */
  seconds(index: number): number | null {
    const value = this.#values[index];
    return typeof value === 'number' ? value : null;
  }

  /** A text; undefined for null. */
  optionalText(index: number): string | undefined {
    return this.#values[index] === null ? undefined : this.text(index);
  }

  /** An integer; undefined for null. */
  optionalInteger(index: number): number | undefined {
    return this.#values[index] === null ? undefined : this.integer(index);
  }

  integers(index: number): readonly number[] {
    const value = this.#values[index];
    return isIntegers(value) ? value : mismatch(this.operation, index);
  }

  texts(index: number): readonly string[] {
    const value = this.#values[index];
    return isTexts(value) ? value : mismatch(this.operation, index);
  }

  record(index: number): WireRecord {
    const value = this.#values[index];
    return isRecord(value) ? value : mismatch(this.operation, index);
  }

  value(index: number): WireValue {
    return this.#values[index] ?? null;
  }

  by(index: number): By {
    const value = this.#values[index];
    if (!isList(value)) return mismatch(this.operation, index);
    const [role, file, line] = value;
    return {
      role: typeof role === 'string' ? role.slice(0, MAX_LABEL) : 'unknown',
      file: typeof file === 'string' ? file.slice(0, MAX_LABEL) : null,
      line: typeof line === 'number' && Number.isInteger(line) ? line : null,
    };
  }
}

/** Reads a request's bytes into a checked call. Whoever gives a `signal` aborts it when the session ends. */
export function guard(number: number, bytes: Uint8Array, signal?: AbortSignal): Call {
  const operation = operationNumbered(number);
  if (operation === undefined) throw new WireViolation('there is no operation of this number');
  const values = decodeAll(bytes, readText);
  if (values.length !== operation.arguments.length) {
    throw new WireViolation(`${operation.name} takes ${operation.arguments.length} arguments, not ${values.length}`);
  }
  operation.arguments.forEach((argument, index) => {
    if (!CHECKS[argument.kind](values[index])) mismatch(operation, index);
  });
  return new Call(operation, values, bytes.length, signal);
}

const WORDS: Readonly<Record<ArgumentKind, string>> = {
  text: 'a text',
  'text?': 'a text or null',
  bytes: 'bytes',
  boolean: 'true or false',
  integer: 'an integer',
  'integer?': 'an integer or null',
  'seconds?': 'seconds, 0 or more, or null for no limit',
  texts: 'a list of texts',
  integers: 'a list of integers',
  record: 'a hash of options',
  value: 'a value',
  by: 'who asks',
};

type Check = (value: WireValue | undefined) => boolean;

const CHECKS: Readonly<Record<ArgumentKind, Check>> = {
  text: isText,
  'text?': (value) => value === null || isText(value),
  bytes: (value) => value instanceof Uint8Array,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isSafeInteger(value),
  'integer?': (value) => value === null || Number.isSafeInteger(value),
  'seconds?': (value) => value === null || (typeof value === 'number' && value >= 0),
  texts: isTexts,
  integers: isIntegers,
  record: isRecord,
  value: () => true,
  by: isList,
};

function isText(value: WireValue | undefined): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isList(value: WireValue | undefined): value is readonly WireValue[] {
  return Array.isArray(value);
}

function isTexts(value: WireValue | undefined): value is readonly string[] {
  return isList(value) && value.every((item) => isText(item));
}

function isIntegers(value: WireValue | undefined): value is readonly number[] {
  return isList(value) && value.every((item) => Number.isSafeInteger(item));
}

function isRecord(value: WireValue | undefined): value is WireRecord {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Uint8Array);
}

function mismatch(operation: Operation, index: number): never {
  const argument = operation.arguments[index];
  if (argument === undefined) throw new TypeError(`${operation.name} has no argument ${index}`);
  const call = operation.name.slice(operation.name.indexOf('.') + 1);
  throw new ArgumentError(`${call}: ${argument.name} must be ${WORDS[argument.kind]}`, { operation: call });
}
