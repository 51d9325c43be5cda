/**
 * What a command of `caspian-net` is: its form, its options, what it does. Trusted side. yargs reads the command line; what
 * it hands over is raw until it is read here.
 */
import type { Options } from 'yargs';
import type { Egress } from '../../egress/egress.ts';
import { checkApp } from '../../egress/policy/entry.ts';
import { readHost } from '../../net/address/host.ts';
import { readDuration } from '../../net/durations.ts';
import { UsageError } from '../arguments.ts';
import type { Output } from './output.ts';

export interface Context {
  readonly egress: Egress;
  readonly output: Output;
  /** Aborts when the operator ends the command. */
  readonly signal: AbortSignal;
}

/** Does what was asked for. Returns the exit code. */
export type Step = (context: Context) => Promise<number>;

export interface OperatorCommand {
  /** `allow add <rule>` */
  readonly form: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, Options>>;
  /** Looks at a state, changes one that is there, or makes one where there is none. */
  readonly effect: 'looks' | 'changes' | 'makes';
  /** Reads the arguments. What is wrong with them is raised here, before a state is opened. */
  readonly prepare: (given: Given, signal: AbortSignal) => Step | Promise<Step>;
}

/** An option that takes a text. */
export function value(describe: string) {
  return { type: 'string', describe, requiresArg: true } as const;
}

export const APP: Options = value('for this app alone');

/** Of a command that acts as an app. */
export const AS_APP: Options = value('as this app; as operator if nothing is said');
export const OPERATOR = 'operator';

/** The arguments of one command. */
export class Given {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Undefined where it was not given. Raises UsageError where it was given twice. */
  optional(name: string): string | undefined {
    const found = this.#single(name);
    return found === undefined ? undefined : String(found);
  }

  /** An argument that has no dashes. */
  text(name: string): string {
    const found = this.optional(name);
    if (found === undefined || found === '') throw new UsageError(`${name.toUpperCase()} is empty`);
    return found;
  }

  /** Every value of an option that may be given several times; each may hold several, separated by commas. */
  list(name: string): readonly string[] {
    const found = this.#values[name];
    if (found === undefined) return [];
    const all: readonly unknown[] = Array.isArray(found) ? found : [found];
    return all.flatMap((each) => String(each).split(','));
  }

  flag(name: string): boolean {
    return this.#single(name) === true;
  }

  #single(name: string): unknown {
    const found = this.#values[name];
    if (Array.isArray(found)) throw new UsageError(`--${name} was given more than once`);
    return found;
  }

  /** Null: for all apps. */
  get app(): string | null {
    const app = this.optional('app');
    return app === undefined ? null : checkApp(app);
  }

  /** As the journal and the cache have it. */
  get host(): string | null {
    const written = this.optional('host');
    if (written === undefined) return null;
    const host = readHost(written);
    if (host === null) {
      throw new UsageError(`--host=${written}: this must be a host's name alone, such as api.example.com`);
    }
    return host.text;
  }

  /** A whole number, 0 or more. */
  count(name: string): number | undefined {
    const written = this.optional(name);
    if (written === undefined) return undefined;
    if (!/^[0-9]{1,15}$/.test(written)) throw new UsageError(`--${name}=${written}: this must be a whole number`);
    return Number(written);
  }

  /** Milliseconds. */
  duration(name: string): number | undefined {
    const written = this.optional(name);
    if (written === undefined) return undefined;
    const read = readDuration(written);
    if ('refused' in read) throw new UsageError(`--${name}=${written}: this ${read.refused}`);
    return read.value;
  }
}
