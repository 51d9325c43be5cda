/**
 * `caspian script.js`, `.mjs` and `.ts`: a script in JavaScript, as a module in an isolate, with the `net` that the flags
 * grant and a console that prints. Trusted side; the script is not. It imports files below its own folder, and no others.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { IsolateEndedError, ScriptSyntaxError } from '../errors/classes.ts';
import type { Isolate } from '../isolate/host/isolate.ts';
import type { ErrorReport } from '../isolate/host/reports.ts';
import { V8Sandbox } from '../isolate/host/sandbox.ts';
import type { Net } from '../net/net.ts';
import type { LaunchArguments } from './arguments.ts';
import { UsageError } from './arguments.ts';
import { escapeLines } from './terminal.ts';
import { type Launched, uncaughtText } from './uncaught.ts';

const EXTENSIONS = ['.js', '.mjs', '.ts'];
/** Longest source of a module. */
const MAX_SOURCE = 8_388_608;
/** As Node ends where a top-level await never comes to anything. */
const EXIT_UNSETTLED = 13;

export interface JavaScriptRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly net: Net | null;
  readonly limits: LaunchArguments['limits'];
}

/** A module's name among those of its script, and its source without types. */
interface Module {
  readonly name: string;
  readonly source: string;
}

/** Whether a script is one for here, by its name. */
export function isJavaScript(path: string): boolean {
  return EXTENSIONS.includes(extname(path));
}

/** The files that a script may import: those in its folder and below, links followed to where they lead. */
export class Modules {
  readonly #root: string;

  constructor(script: string) {
    this.#root = dirname(realpathSync(script));
  }

  /** Throws an error that the guest may read. */
  async find(specifier: string, referrer: string): Promise<Module> {
    if (!/^\.{1,2}\//.test(specifier))
      throw new Error(`import ${JSON.stringify(specifier)}: only relative files can be imported`);
    return this.read(relative(this.#root, resolve(this.#root, dirname(referrer), specifier)));
  }

  /**
   * SECURITY: the real path is what is checked and then read, and what is said of a path that leads out does not tell
   * whether anything is there (test/attacks/isolate-import.test.ts).
   */
  read(name: string): Module {
    const shown = JSON.stringify(name.split(sep).join('/'));
    if (isOutside(name)) throw new Error(`import ${shown}: the file is outside of the script's folder`);
    let real: string;
    try {
      real = realpathSync(join(this.#root, name));
    } catch {
      throw new Error(`import ${shown}: there is no such file in the script's folder`);
    }
    const inside = relative(this.#root, real);
    if (isOutside(inside)) throw new Error(`import ${shown}: there is no such file in the script's folder`);
    if (!isJavaScript(real)) throw new Error(`import ${shown}: modules end in ${EXTENSIONS.join(', ')}`);
    const found = statSync(real);
    // A pipe would be read without an end.
    if (!found.isFile()) throw new Error(`import ${shown}: this is no file`);
    if (found.size > MAX_SOURCE) throw new Error(`import ${shown}: the file is too long`);
    const text = readFileSync(real, 'utf8');
    return { name: inside.split(sep).join('/'), source: extname(real) === '.ts' ? stripTypes(text, inside) : text };
  }
}

/** Whether a path relative to the script's folder leads out of it. */
function isOutside(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** Types out, places kept. */
function stripTypes(text: string, name: string): string {
  const { emitWarning } = process;
  // That Node calls it experimental is nothing that the script's user can do anything about.
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : 'the types can not be taken out';
    throw new ScriptSyntaxError(`${name}: ${what}`);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Looks for syntax errors in the script itself. */
export async function checkJavaScript(path: string): Promise<number> {
  return await inSandbox({}, async (sandbox) => {
    const { name, source } = new Modules(path).read(relative(dirname(path), path));
    const guest = await sandbox.createIsolate();
    return await settled(guest.checkModule(source, name));
  });
}

/** Runs the script to its end and gives the exit code. `interrupted` ends it. */
export async function runJavaScript(run: JavaScriptRun, interrupted: Promise<null>): Promise<number> {
  return await inSandbox(run.limits, async (sandbox) => {
    const modules = new Modules(run.path);
    const launched = { hasNet: run.net !== null };
    const { name, source } = modules.read(relative(dirname(run.path), run.path));
    const guest = await sandbox.open({ net: run.net, console: 'print' }, (specifier, from) =>
      modules.find(specifier, from),
    );
    const failed = new Promise<number>((resolve) => {
      guest.onSystem('error', ({ error }: ErrorReport) => resolve(tell(error, launched)));
      guest.onSystem('terminated', ({ reason }) => resolve(tell(plain(`the script was ended: ${reason}`))));
    });
    await guest.evaluate(`globalThis.argv = ${JSON.stringify(run.args)}`);
    const code = await Promise.race([toItsEnd(guest, { source, name }, launched), failed, interrupted]);
    return code ?? 130;
  });
}

async function inSandbox(
  limits: LaunchArguments['limits'],
  act: (sandbox: V8Sandbox) => Promise<number>,
): Promise<number> {
  const sandbox = new V8Sandbox({
    threads: 1,
    cpuMs: limits.cpuMs ?? null,
    memoryMb: limits.memoryMb ?? 0,
    timeMs: limits.timeMs ?? null,
  });
  try {
    return await act(sandbox);
  } catch (thrown) {
    if (thrown instanceof UsageError || !(thrown instanceof Error)) throw thrown;
    return tell(thrown);
  } finally {
    sandbox.shutdown();
  }
}

/** Until its top level has run, and it has nothing left to do. */
async function toItsEnd(guest: Isolate, { source, name }: Module, launched: Launched): Promise<number> {
  const top = settled(guest.runModule(source, name), launched);
  const unsettled = Symbol('unsettled');
  const first = await Promise.race([top, guest.idle().then(() => unsettled)]);
  if (guest.destroyed) return await new Promise<never>(() => {});
  if (typeof first === 'number' && first !== 0) return first;
  await guest.idle();
  if (guest.destroyed) return await new Promise<never>(() => {});
  const last = await Promise.race([top, Promise.resolve(unsettled)]);
  if (typeof last === 'number') return last;
  process.stderr.write(`caspian: ${name}: the script waits for what never comes\n`);
  return EXIT_UNSETTLED;
}

async function settled(run: Promise<unknown>, launched?: Launched): Promise<number> {
  try {
    await run;
    return 0;
  } catch (thrown) {
    // Why it ended is told by itself.
    if (thrown instanceof IsolateEndedError) return await new Promise<never>(() => {});
    return tell(thrown, launched);
  }
}

/** An error of the launcher's own: its stack is nobody's business. */
function plain(message: string): Error {
  const error = new Error(message);
  error.stack = `caspian: ${message}`;
  return error;
}

/** What went wrong, on standard error; and the exit code. */
function tell(thrown: unknown, launched: Launched = { hasNet: true }): number {
  process.stderr.write(`${escapeLines(uncaughtText(thrown, launched))}\n`);
  return thrown instanceof ScriptSyntaxError ? 2 : 1;
}
