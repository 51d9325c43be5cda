/**
 * `caspian`: flags → grants → engine → exit code. Trusted side. 0: the script ended well; its own code if it called
 * `%process.exit`; 1: an uncaught error or an alarm; 2: nothing ran, one line says why; 130: Ctrl-C.
 */
import { readFileSync, statSync } from 'node:fs';
import { Engine } from '../engine/engine.ts';
import { CaspianError } from '../errors/classes.ts';
import { Grants } from '../net/grants/grants.ts';
import { openNet } from '../net/net.ts';
import type { CommandLine, LaunchArguments, ScriptSource } from './arguments.ts';
import { readCommandLine, UsageError } from './arguments.ts';
import { missingGrants } from './needs.ts';
import { DecisionReport } from './report.ts';

/** What a shell expects of a process that Ctrl-C has ended: 128 and the number of the signal. */
const EXIT_SIGINT = 130;

export async function launch(argv: readonly string[], version: string): Promise<void> {
  try {
    process.exitCode = await perform(readCommandLine(argv), version);
  } catch (thrown) {
    if (!(thrown instanceof UsageError) && !(thrown instanceof CaspianError)) throw thrown;
    complain(thrown.hint === null ? thrown.message : `${thrown.message} (${thrown.hint})`);
    process.exitCode = 2;
  }
}

async function perform(commandLine: CommandLine, version: string): Promise<number> {
  if ('launch' in commandLine) return await start(commandLine.launch, version);
  if (commandLine.show === 'version') print(`caspian ${version}`);
  else print((await import('./help.ts')).helpText());
  return 0;
}

async function start(launched: LaunchArguments, version: string): Promise<number> {
  const grants = Grants.parse(launched.grants);
  const script = { ...readScript(launched.script), args: launched.args };
  const engine = { libraries: checkFolders(launched.libraries), limits: launched.limits };
  if (launched.task !== 'run') return await inspect(new Engine(engine), script, launched.task);

  process.on('SIGINT', () => process.exit(EXIT_SIGINT));
  const granted = grants.anyConnect || grants.anyListen;
  await using net = granted ? openNet(grants, { userAgent: `caspian/${version}` }) : null;
  const report = new DecisionReport(launched);
  net?.on('decision', (decision) => report.add(decision));
  const outcome = await new Engine({
    ...engine,
    net,
    onConfig: (config, warnings) => {
      for (const line of [...warnings, ...missingGrants(config, grants)]) complain(line);
    },
  }).run(script);
  report.finish();
  if (outcome.ok) return outcome.exitCode ?? 0;
  process.stderr.write(outcome.stderr);
  return outcome.syntax ? 2 : 1;
}

type Script = { readonly source: string; readonly file: string; readonly args: readonly string[] };

async function inspect(engine: Engine, script: Script, task: 'check' | 'extract-config'): Promise<number> {
  const found = await engine.inspect(script);
  if (!found.ok) {
    process.stderr.write(found.stderr);
    return 2;
  }
  if (task === 'extract-config') {
    for (const warning of found.warnings) complain(warning);
    print(JSON.stringify(found.config ?? {}, null, 2));
  }
  return 0;
}

function readScript(script: ScriptSource): { source: string; file: string } {
  if (script.kind === 'code') return { source: script.code, file: '-e' };
  if (script.kind === 'stdin') return { source: readFileSync(0, 'utf8'), file: '-' };
  const { path } = script;
  try {
    return { source: readFileSync(path, 'utf8'), file: path };
  } catch (thrown) {
    throw new UsageError(`${path}: ${unreadable(thrown)}`);
  }
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

function checkFolders(folders: readonly string[]): readonly string[] {
  for (const folder of folders) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`--lib=${folder}: there is no such folder`);
    }
  }
  return folders;
}

function complain(line: string): void {
  process.stderr.write(`caspian: ${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
