/** Runs a script from a string for tests: what it printed, and how it ended. */
import type { RunLimits, RuntimeHost } from '../../src/caspian/host.ts';
import { type Outcome, parse, run } from '../../src/caspian/program.ts';
import { powerlessHost } from './golden.ts';

export interface RunOptions {
  readonly libraries?: Readonly<Record<string, string>>;
  readonly host?: Partial<RuntimeHost>;
  readonly limits?: RunLimits;
  readonly stdin?: string;
  readonly args?: readonly string[];
}

export interface ScriptRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly outcome: Outcome;
}

/** Libraries are given by URL, without `.casp`. */
export function runScript(source: string, options: RunOptions = {}): ScriptRun {
  const libraries = new Map(Object.entries(options.libraries ?? {}).map(([url, text]) => [`${url}.casp`, text]));
  const { host, written } = powerlessHost({ ...options, libraries });
  const outcome = run(parse(source, { file: 'script.casp' }), { ...host, ...options.host }, options.limits);
  return { stdout: written.stdout, stderr: written.stderr, outcome };
}

/** What a script prints; fails with the script's error if it does not run to its end. */
export function printed(source: string, options: RunOptions = {}): string {
  const { stdout, outcome } = runScript(source, options);
  if (!outcome.ok)
    throw new Error(`${outcome.error.type}: ${outcome.error.message}\n${outcome.error.backtrace.join('\n')}`);
  return stdout;
}

/** The type of the exception or alarm that a script ends with, or null. */
export function endsWith(source: string, options: RunOptions = {}): string | null {
  const { outcome } = runScript(source, options);
  return outcome.ok ? null : outcome.error.type;
}
