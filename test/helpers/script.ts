/** Runs a script with an engine, as an attack does: its libraries as texts, what it printed and how it ended. */
import { Writable } from 'node:stream';
import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/script-thread.ts';

export interface ScriptRun {
  readonly outcome: Outcome;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of stdout. */
  readonly lines: readonly string[];
}

export interface ScriptOptions extends Omit<EngineOptions, 'libraries'> {
  /** Sources by URL, or a function of the test's. */
  readonly libraries?: Readonly<Record<string, string>> | EngineOptions['libraries'];
  readonly args?: readonly string[];
}

/** A stream that keeps what is written to it. */
export function keeper(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Runs `source` to its end as `user.casp`; longest for ten seconds. */
export async function runScript(source: string, options: ScriptOptions = {}): Promise<ScriptRun> {
  const { libraries, args = [], ...rest } = options;
  const out = keeper();
  const err = keeper();
  await using engine = new Engine({
    stdout: out.stream,
    stderr: err.stream,
    limits: { timeMs: 10_000 },
    ...rest,
    ...(libraries === undefined ? {} : { libraries: asSource(libraries) }),
  });
  const outcome = await engine.run({ source, file: 'user.casp', args });
  const stdout = out.text();
  const lines = stdout.replace(/\n$/, '').split('\n');
  return { outcome, stdout, stderr: err.text(), lines };
}

/** As `runScript`, for scripts that must end well: what they printed, as lines. */
export async function linesOf(source: string, options: ScriptOptions = {}): Promise<readonly string[]> {
  const { outcome, lines } = await runScript(source, options);
  if (!outcome.ok) throw new Error(`the script failed: ${outcome.stderr}`);
  return lines;
}

function asSource(libraries: NonNullable<ScriptOptions['libraries']>): NonNullable<EngineOptions['libraries']> {
  if (typeof libraries === 'string' || typeof libraries === 'function' || isFolders(libraries)) return libraries;
  return (url) => (Object.hasOwn(libraries, url) ? (libraries[url] ?? null) : null);
}

function isFolders(libraries: object): libraries is readonly string[] {
  return Array.isArray(libraries);
}
