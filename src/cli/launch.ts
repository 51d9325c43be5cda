/**
 * `caspian`: flags → grants → engine → exit code. Trusted side. 0: the script ended well; its own code if it called
 * `%process.exit`; 1: an uncaught error or an alarm; 2: nothing ran, one line says why; 130: Ctrl-C.
 */
import { readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { CaspianError } from '../errors/classes.ts';
import type { Grants } from '../net/grants/grants.ts';
import type { Net } from '../net/net.ts';
import type { OpenNetOptions } from '../net/net-options.ts';
import type { LaunchArguments, ScriptSource } from './arguments.ts';
import { readCommandLine, UsageError } from './arguments.ts';
import { DecisionReport } from './report.ts';
import { escapeJson, escapeLine, escapeLines } from './terminal.ts';

/** What a shell expects of a process that Ctrl-C has ended: 128 and the number of the signal. */
const EXIT_SIGINT = 130;

/** How long a thread may take to end before the process ends without it. */
const PATIENCE_MS = 500;

/** Runs the command line to its end. `idle`: a thread that has been started ahead for the script, if any. */
export async function launch(argv: readonly string[], version: string, idle: Worker | null): Promise<void> {
  const exitCode = await perform(argv, version, idle);
  // Nothing is left to be done, and waiting for threads to wind down would take longer than the script did.
  process.exit(exitCode);
}

async function perform(argv: readonly string[], version: string, idle: Worker | null): Promise<number> {
  try {
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    const commandLine = readCommandLine(argv, { terminal });
    if ('launch' in commandLine) return await start(commandLine.launch, version, idle);
    if (commandLine.show === 'version') print(`caspian ${version}`);
    else print((await import('./help.ts')).helpText());
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof UsageError) && !(thrown instanceof CaspianError)) throw thrown;
    complain(thrown.hint === null ? thrown.message : `${thrown.message} (${thrown.hint})`);
    return 2;
  }
}

async function start(launched: LaunchArguments, version: string, idle: Worker | null): Promise<number> {
  const grants = await readGrants(launched.grants);
  if (launched.script.kind === 'file' && /\.(js|mjs|ts)$/.test(launched.script.path)) {
    return await startJavaScript(launched, launched.script.path, version, grants);
  }
  const typed = launched.script.kind === 'typed';
  const script = typed ? null : { ...readScript(launched.script), args: launched.args };
  const options = { libraries: checkFolders(launched.libraries, 'lib'), limits: launched.limits };
  if (launched.task !== 'run' && script !== null)
    return await inspect(new Engine(options, idle), script, launched.task);

  const report = new DecisionReport(launched);
  const way = await openWay(
    launched,
    { userAgent: `caspian/${version}`, proxy: launched.proxy, ...readFolders(launched.folders) },
    grants,
  );
  const net = way?.net ?? null;
  if (net !== null) await watch(net, report);
  const onConfig: EngineOptions['onConfig'] = async (config, warnings) => {
    const { missingGrants, unmetVersion } = await import('./needs.ts');
    const missing = launched.egress === undefined ? missingGrants(config, grants) : [];
    for (const line of [...warnings, ...unmetVersion(config, version), ...missing]) complain(line);
  };
  if (script === null) {
    const exitCode = await talk(
      new Engine({ ...options, net, stdin: Readable.from([]) }, idle),
      launched.args,
      version,
    );
    await way?.close();
    report.finish();
    return exitCode;
  }
  const engine = new Engine({ ...options, net, onConfig }, idle);
  const interrupted = new Promise<null>((resolve) => process.on('SIGINT', () => resolve(null)));
  const outcome = await Promise.race([engine.run(script), interrupted]);
  if (outcome === null) return await afterInterrupt(engine);
  await way?.close();
  if (outcome.ok || !outcome.syntax) report.finish();
  if (!outcome.ok) process.stderr.write(escapeLines(outcome.stderr));
  if (!(await ends(engine))) process.kill(process.pid, 'SIGKILL');
  if (outcome.ok) return outcome.exitCode ?? 0;
  return outcome.syntax ? 2 : 1;
}

/** A session: inputs are typed, or come from a pipe. */
async function talk(engine: Engine, args: readonly string[], version: string): Promise<number> {
  const { converse } = await import('./repl.ts');
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const kill = (): void => {
    void afterInterrupt(engine).then((exitCode) => process.exit(exitCode));
  };
  const exitCode = await converse(engine.interact({ args }), { terminal, version, kill });
  if (!(await ends(engine))) process.kill(process.pid, 'SIGKILL');
  return exitCode;
}

/** A script in JavaScript: the same flags, another engine. */
async function startJavaScript(
  launched: LaunchArguments,
  path: string,
  version: string,
  grants: Grants | null,
): Promise<number> {
  const { checkJavaScript, runJavaScript } = await import('./javascript.ts');
  if (launched.task === 'extract-config') throw new UsageError('--extract-config reads scripts in Caspian');
  if (launched.libraries.length > 0) throw new UsageError('--lib is for scripts in Caspian', 'import relative files');
  readScript({ kind: 'file', path });
  if (launched.task === 'check') return await checkJavaScript(path);
  const report = new DecisionReport(launched);
  const way = await openWay(
    launched,
    { userAgent: `caspian/${version}`, proxy: launched.proxy, ...readFolders(launched.folders) },
    grants,
  );
  if (way !== null) await watch(way.net, report);
  const interrupted = new Promise<null>((resolve) => process.on('SIGINT', () => resolve(null)));
  const { args, limits } = launched;
  const code = await runJavaScript({ path, args, net: way?.net ?? null, limits }, interrupted);
  await way?.close();
  report.finish();
  return code;
}

/**
 * Ctrl-C. SECURITY: `process.exit` waits for threads, and one that is inside of a long built-in operation does not end:
 * then the signal's default action ends the process (test/attacks/cli-interrupt.test.ts).
 */
async function afterInterrupt(engine: Engine): Promise<number> {
  if (!(await ends(engine))) {
    process.removeAllListeners('SIGINT');
    process.kill(process.pid, 'SIGINT');
  }
  return EXIT_SIGINT;
}

/** Whether the engine's threads end soon. */
async function ends(engine: Engine): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  setTimeout(() => resolve(false), PATIENCE_MS);
  void engine.close().then(() => resolve(true));
  return await promise;
}

/** The grants of the flags; null, and nothing of the kernel loaded, where there are none. */
async function readGrants(flags: LaunchArguments['grants']): Promise<Grants | null> {
  if (Object.keys(flags).length === 0) return null;
  const { Grants } = await import('../net/grants/grants.ts');
  return Grants.parse(flags);
}

/** A script's way out, and how to end it. */
interface WayOut {
  readonly net: Net;
  readonly close: () => Promise<void>;
}

/** By the grants, or under an egress; null where nothing was granted. */
async function openWay(
  { egress: asked, limits }: LaunchArguments,
  options: OpenNetOptions,
  grants: Grants | null,
): Promise<WayOut | null> {
  if (asked !== undefined) {
    const { openEgress } = await import('../egress/egress.ts');
    const { userAgent, allowFsRead, allowFsWrite } = options;
    const egress = await openEgress({ state: asked.state, userAgent, allowFsRead, allowFsWrite });
    const deadline = limits.timeMs === undefined ? null : limits.timeMs / 1_000;
    return { net: egress.net({ app: asked.app, deadline }), close: () => egress.close() };
  }
  if (grants === null || (!grants.anyConnect && !grants.anyListen)) return null;
  const { openNet } = await import('../net/net.ts');
  const net = openNet(grants, options);
  return { net, close: () => net.close() };
}

async function watch(net: Net, report: DecisionReport): Promise<void> {
  net.on('decision', (decision) => report.add(decision));
  const { stderr } = process;
  if (!stderr.isTTY) return;
  const { ProgressLine } = await import('./progress.ts');
  const line = new ProgressLine(stderr);
  net.onProgress((step) => line.show(step));
}

type Script = { readonly source: string; readonly file: string; readonly args: readonly string[] };

async function inspect(engine: Engine, script: Script, task: 'check' | 'extract-config'): Promise<number> {
  const found = await engine.inspect(script);
  if (!found.ok) {
    process.stderr.write(escapeLines(found.stderr));
    return 2;
  }
  if (task === 'extract-config') {
    for (const warning of found.warnings) complain(warning);
    print(escapeJson(JSON.stringify(found.config ?? {}, null, 2)));
  }
  return 0;
}

function readScript(script: Exclude<ScriptSource, { readonly kind: 'typed' }>): { source: string; file: string } {
  if (script.kind === 'code') return { source: script.code, file: '-e' };
  const path = script.kind === 'stdin' ? '-' : script.path;
  try {
    return { source: readFileSync(script.kind === 'stdin' ? 0 : path, 'utf8'), file: path };
  } catch (thrown) {
    throw new UsageError(`${path}: ${unreadable(thrown)}`, hintFor(script));
  }
}

/** What stands after a flag and is no script may be its value. */
function hintFor(script: ScriptSource): string | null {
  if (script.kind !== 'file' || script.bareFlag === undefined || script.path.endsWith('.casp')) return null;
  return `a value is joined to its flag: ${script.bareFlag}=${script.path}`;
}

function unreadable(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'the file may not be read',
    EISDIR: 'this is a folder, not a script',
    ENOTDIR: 'a part of the path is no folder',
  };
  return Object.hasOwn(words, code) ? String(words[code]) : `it can not be read (${code})`;
}

function readFolders({ allowFsRead, allowFsWrite }: LaunchArguments['folders']): LaunchArguments['folders'] {
  return {
    allowFsRead: checkFolders(allowFsRead, 'allow-fs-read'),
    allowFsWrite: checkFolders(allowFsWrite, 'allow-fs-write'),
  };
}

function checkFolders(folders: readonly string[], flag: string): readonly string[] {
  for (const folder of folders) {
    if (!isFolder(folder)) throw new UsageError(`--${flag}=${folder}: there is no such folder`);
  }
  return folders;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function complain(line: string): void {
  process.stderr.write(`caspian: ${escapeLine(line)}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
