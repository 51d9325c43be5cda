/**
 * Golden scripts: a .casp file carries what it must print. Runs one in process against a host that has no power at all:
 * a clock that sleeping moves, fixed random bytes, no network.
 *
 * `#=> text` lines are stdout, in order; `#!> text` lines are stderr, each a part of its line; `#exit N`; `#args a b`;
 * `#stdin text` lines; `#lib host/path.casp` … `#endlib` hold a library, each line behind `#| `.
 */
import { createHash, createHmac } from 'node:crypto';
import type { RuntimeHost } from '../../src/caspian/host.ts';
import { CaspianSyntaxError, formatSyntaxError, formatUncaught, parse, run } from '../../src/caspian/program.ts';
import { engine } from '../../src/engine/guest/regex.ts';

export interface Expectation {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exit: number;
  readonly args: readonly string[];
  readonly stdin: string;
  readonly libraries: ReadonlyMap<string, string>;
}

export interface GoldenResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

export function readExpectation(source: string): Expectation {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const stdin: string[] = [];
  const libraries = new Map<string, string>();
  let exit = 0;
  let args: string[] = [];
  let library: { name: string; lines: string[] } | null = null;
  for (const line of source.split('\n')) {
    const mark = line.trimStart();
    if (library !== null) {
      if (mark.startsWith('#endlib')) {
        libraries.set(library.name, `${library.lines.join('\n')}\n`);
        library = null;
      } else if (mark.startsWith('#|')) {
        library.lines.push(mark.slice(3));
      }
    } else if (mark.startsWith('#=>')) stdout.push(mark.slice(4));
    else if (mark.startsWith('#!>')) stderr.push(mark.slice(4));
    else if (mark.startsWith('#exit ')) exit = Number(mark.slice(6));
    else if (mark.startsWith('#args ')) args = mark.slice(6).split(' ');
    else if (mark.startsWith('#stdin')) stdin.push(`${mark.slice(7)}\n`);
    else if (mark.startsWith('#lib ')) library = { name: mark.slice(5).trim(), lines: [] };
  }
  return { stdout, stderr, exit, args, stdin: stdin.join(''), libraries };
}

/** A host without any power. `written` collects what the script prints. */
export function powerlessHost(options: {
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly libraries?: ReadonlyMap<string, string>;
}): { readonly host: RuntimeHost; readonly written: { stdout: string; stderr: string } } {
  const written = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const input = new TextEncoder().encode(options.stdin ?? '');
  let read = 0;
  let clock = 0;
  const host: RuntimeHost = {
    write: (stream, bytes) => {
      written[stream] += decoders[stream].decode(bytes, { stream: true });
    },
    readStdin: (max) => {
      if (read >= input.length) return null;
      const chunk = input.slice(read, read + max);
      read += chunk.length;
      return chunk;
    },
    now: () => 1_700_000_000_000 + clock,
    monotonic: () => {
      clock += 0.01;
      return clock;
    },
    sleep: (ms) => {
      clock += ms;
    },
    randomBytes: (count) => new Uint8Array(count).fill(7),
    digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
    hmac: (algorithm, key, bytes) => createHmac(algorithm, key).update(bytes).digest(),
    parseUrl: (text, base) => URL.parse(text, base ?? undefined),
    regexEngine: () => engine,
    usedMemory: () => 0,
    collectGarbage: () => {},
    warn: (text) => {
      written.stderr += `${text}\n`;
    },
    net: () => null,
    loadLibrary: (url) => options.libraries?.get(`${url}.casp`) ?? null,
    builtinClass: () => null,
    argv: options.args ?? [],
  };
  return { host, written };
}

export function runGolden(source: string, file: string, expectation: Expectation): GoldenResult {
  const { host, written } = powerlessHost(expectation);
  const exit = runReported(source, file, host, written);
  return { stdout: written.stdout, stderr: written.stderr, exit };
}

/** Runs and reports as the launcher does; gives the exit code. */
export function runReported(source: string, file: string, host: RuntimeHost, written: { stderr: string }): number {
  try {
    const outcome = run(parse(source, { file }), host);
    if (outcome.ok) return outcome.exitCode ?? 0;
    written.stderr += formatUncaught(outcome.error);
    return 1;
  } catch (thrown) {
    if (!(thrown instanceof CaspianSyntaxError)) throw thrown;
    written.stderr += formatSyntaxError(thrown);
    return 2;
  }
}

/** Null if the result is as expected, else what differs. */
export function compareGolden(result: GoldenResult, expectation: Expectation): string | null {
  const wanted = expectation.stdout.map((line) => `${line}\n`).join('');
  const printed = result.stdout === '' || result.stdout.endsWith('\n') ? result.stdout : `${result.stdout}\n`;
  if (printed.replace(/[ \t]+$/gm, '') !== wanted.replace(/[ \t]+$/gm, '')) {
    return `stdout differs\n--- expected\n${wanted}--- printed\n${result.stdout}--- stderr\n${result.stderr}`;
  }
  const lines = result.stderr.split('\n');
  let at = 0;
  for (const part of expectation.stderr) {
    while (at < lines.length && !(lines[at] ?? '').includes(part)) at++;
    if (at++ >= lines.length) return `stderr has no line with '${part}' in its place:\n${result.stderr}`;
  }
  if (result.exit !== expectation.exit) {
    return `exit code ${result.exit}, expected ${expectation.exit}\n--- stderr\n${result.stderr}`;
  }
  return null;
}
