/**
 * `caspian` without a script on a terminal: reads inputs, has them run in a session, prints what they give. Trusted
 * side; lines are edited here, everything else is the session's. What a script makes is shown escaped.
 */
import { closeSync, constants, fchmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Interaction } from '../engine/interaction.ts';
import { escapeLines } from './terminal.ts';

const PROMPT = 'caspian> ';
const MORE = '     ... ';
/** Lines of earlier sessions. */
const MAX_HISTORY = 1000;

const HELP = `An input is run when it is whole: a block or bracket that is open asks for more lines.
The value is shown behind =>, and is $_ in the next input. Variables, functions and classes stay.

  Tab      names: $variables, %system methods, methods behind a point
  Up/Down  earlier inputs (kept in ~/.cache/caspian-net/history, but for lines that begin with a space)
  Ctrl-C   drops what is being written, or stops what runs
  Ctrl-D   ends, as :quit does
  :help    this text

%net is what the flags grant: caspian --allow-net=HOST. caspian --help lists the flags.
`;

export interface ReplOptions {
  /** Prompts, history and keys; without, inputs are read as they come. */
  readonly terminal: boolean;
  readonly version: string;
  /** Stops what waits where `interrupt` does not reach: ends the process. */
  readonly kill: () => void;
}

/** Runs a session to its end; gives the exit code. */
export async function converse(session: Interaction, options: ReplOptions): Promise<number> {
  const repl = new Repl(session, options);
  return await repl.run();
}

class Repl {
  readonly #session: Interaction;
  readonly #options: ReplOptions;
  readonly #lines: Interface;
  /** Lines of an input that is not whole yet. */
  #pending: string[] = [];
  /** What the session said is missing. */
  #missing = '';
  #running = false;
  #stopped = 0;

  constructor(session: Interaction, options: ReplOptions) {
    this.#session = session;
    this.#options = options;
    const { terminal } = options;
    this.#lines = createInterface({
      input: process.stdin,
      ...(terminal ? { output: process.stdout, history: readHistory(), historySize: MAX_HISTORY } : {}),
      terminal,
      prompt: PROMPT,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, found: [string[], string]) => void) => {
        void session
          .complete([...this.#pending, line].join('\n'))
          .then(({ names, from }) => done(null, [[...names], from]));
      },
    });
  }

  async run(): Promise<number> {
    const { terminal, version } = this.#options;
    if (terminal) process.stdout.write(`Caspian ${version}. :help explains, Ctrl-D ends.\n`);
    this.#lines.on('SIGINT', () => this.#interrupt());
    this.#prompt();
    for await (const line of this.#lines) {
      const exitCode = await this.#take(line);
      if (exitCode !== null) return this.#end(exitCode);
      this.#prompt();
    }
    if (terminal) process.stdout.write('\n');
    if (this.#pending.length > 0) process.stderr.write(escapeLines(this.#missing));
    return this.#end(this.#pending.length > 0 ? 1 : 0);
  }

  #end(exitCode: number): number {
    if (this.#options.terminal && 'history' in this.#lines) writeHistory(this.#lines.history as readonly string[]);
    this.#lines.close();
    return exitCode;
  }

  #prompt(): void {
    if (!this.#options.terminal) return;
    this.#lines.setPrompt(this.#pending.length === 0 ? PROMPT : MORE);
    this.#lines.prompt();
  }

  /** Takes a line; an exit code ends the session. */
  async #take(line: string): Promise<number | null> {
    if (this.#pending.length === 0) {
      const command = line.trim();
      if (command === ':quit' || command === ':exit') return 0;
      if (command === ':help') {
        process.stdout.write(HELP);
        return null;
      }
      if (command === '') return null;
    }
    this.#pending.push(line);
    this.#running = true;
    const reply = await this.#session.run(`${this.#pending.join('\n')}\n`);
    this.#running = false;
    this.#stopped = 0;
    if (reply.kind === 'incomplete') {
      this.#missing = reply.text;
      return null;
    }
    this.#pending = [];
    switch (reply.kind) {
      case 'value':
        if (reply.shown !== null) process.stdout.write(`=> ${escapeLines(reply.shown)}\n`);
        return null;
      case 'failed':
        process.stderr.write(escapeLines(reply.text));
        return null;
      case 'exit':
        return reply.code;
      default:
        process.stderr.write(escapeLines(reply.failed.stderr));
        return 1;
    }
  }

  /** Ctrl-C: once asks what runs to stop, twice ends the process; while nothing runs it drops the input. */
  #interrupt(): void {
    if (this.#running) {
      if (++this.#stopped > 1) this.#options.kill();
      this.#session.interrupt();
      return;
    }
    process.stdout.write(this.#pending.length === 0 && this.#lines.line === '' ? '\n(Ctrl-D ends)\n' : '\n');
    this.#pending = [];
    // Drops what has been typed in the line.
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#prompt();
  }
}

function historyFile(): string {
  return join(homedir(), '.cache', 'caspian-net', 'history');
}

/** The newest first, as readline wants it. A history that can't be read is none. */
function readHistory(): string[] {
  try {
    return readFileSync(historyFile(), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, MAX_HISTORY);
  } catch {
    return [];
  }
}

/** For the user's eyes alone, since inputs may hold secrets. A history that can't be written is lost. */
function writeHistory(lines: readonly string[]): void {
  const kept = lines.filter((line) => !/^\s|\n/.test(line) && line !== '').slice(0, MAX_HISTORY);
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  try {
    mkdirSync(dirname(historyFile()), { recursive: true, mode: 0o700 });
    const file = openSync(historyFile(), O_WRONLY | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0), 0o600);
    fchmodSync(file, 0o600);
    writeFileSync(file, kept.map((line) => `${line}\n`).join(''));
    closeSync(file);
  } catch {
    // A folder that is not there, or not ours.
  }
}
