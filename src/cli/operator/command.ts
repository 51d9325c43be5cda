/**
 * What a command of `caspian-net` is: its form, its options, what it does. Trusted side. yargs reads the command line; what
 * it hands over is raw until it is read here.
 */
import type { Options } from 'yargs';
import type { Egress } from '../../egress/egress.ts';
import { readDuration } from '../../net/durations.ts';
import { UsageError } from '../arguments.ts';
import type { Output } from './output.ts';

export interface Context {
  readonly egress: Egress;
  readonly output: Output;
  /** Aborts when the operator ends the command. */
  readonly signal: AbortSignal;
}

export interface OperatorCommand {
  /** `allow add <rule>` */
  readonly form: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, Options>>;
  /** Returns the exit code. */
  readonly run: (given: Given, context: Context) => Promise<number>;
}

export const APP: Options = { type: 'string', describe: 'for this app alone', requiresArg: true };

/** The arguments of one command. */
export class Given {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Undefined where it was not given. Raises UsageError where it was given twice. */
  optional(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value)) throw new UsageError(`--${name} was given more than once`);
    return String(value);
  }

  text(name: string): string {
    const value = this.optional(name);
    if (value === undefined || value === '') throw new UsageError(`${name} is needed`);
    return value;
  }

  /** Every value of an option that may be given several times; each may hold several, separated by commas. */
  list(name: string): readonly string[] {
    const value = this.#values[name];
    if (value === undefined) return [];
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    return all.flatMap((each) => String(each).split(','));
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** Null: for all apps. */
  get app(): string | null {
    return this.optional('app') ?? null;
  }

  /** A whole number, 0 or more. */
  count(name: string): number | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    if (!/^[0-9]{1,15}$/.test(value)) throw new UsageError(`--${name}=${value}: this must be a whole number`);
    return Number(value);
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    const read = readDuration(value);
    if ('refused' in read) throw new UsageError(`--${name}=${value}: this ${read.refused}`);
    return read.value;
  }
}
