/** `caspian` without a script: on a terminal (by `script`, which every Debian has), and by a pipe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { caspian } from './helpers/cli.ts';

const bin = fileURLToPath(new URL('../bin/caspian.cjs', import.meta.url));
const PATIENCE_MS = 15_000;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'caspian-repl-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A terminal with `caspian` on it. */
class Terminal {
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  #printed = '';
  #seen = 0;
  #look: () => void = () => {};

  constructor(flags: string) {
    const env = { ...process.env, HOME: home, TERM: 'xterm' };
    const command = `'${process.execPath}' '${bin}' ${flags}`;
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], { env, timeout: PATIENCE_MS });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      // Without what moves the cursor.
      this.#printed += text.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
      this.#look();
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Resolves when this appears behind what was waited for last. */
  async shows(text: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#look = () => {
        const at = this.#printed.indexOf(text, this.#seen);
        if (at < 0) return;
        this.#seen = at + text.length;
        resolve();
      };
      this.#look();
    });
  }
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const UP = '\x1b[A';

it('runs inputs on a terminal, asks on while one is open, and ends with Ctrl-D', async () => {
  const terminal = new Terminal('');
  await terminal.shows('caspian> ');
  terminal.type('$x = 20\r');
  await terminal.shows('=> 20');
  await terminal.shows('caspian> ');
  terminal.type('[1, 2].each do($n)\r');
  await terminal.shows('... ');
  terminal.type('puts $n * $x\r');
  await terminal.shows('... ');
  terminal.type('end\r');
  await terminal.shows('20\r\n40\r\n');
  await terminal.shows('caspian> ');
  terminal.type(':help\r');
  await terminal.shows('Ctrl-D   ends');
  terminal.type('%net.fetch("x")\r');
  await terminal.shows('hint: the script was given no network');
  await terminal.shows('caspian> ');
  terminal.type(CTRL_D);
  expect(await terminal.ended).toBe(0);
});

it('completes names with Tab', async () => {
  const terminal = new Terminal('');
  await terminal.shows('caspian> ');
  terminal.type('$greeting = "hello"\r');
  await terminal.shows('=> "hello"');
  await terminal.shows('caspian> ');
  terminal.type('$gree');
  terminal.type('\t');
  await terminal.shows('$greeting');
  terminal.type('.upp');
  terminal.type('\t');
  await terminal.shows('upper');
  terminal.type('\r');
  await terminal.shows('=> "HELLO"');
  terminal.type(':quit\r');
  expect(await terminal.ended).toBe(0);
});

it('stops what runs with Ctrl-C and keeps what is there; drops what is being written', async () => {
  const terminal = new Terminal('');
  await terminal.shows('caspian> ');
  terminal.type('$kept = 7\r');
  await terminal.shows('=> 7');
  for (const endless of ['forever do $x = 1 end', '%utils.sleep(1000)', 'catch forever do $x = 1 end end']) {
    await terminal.shows('caspian> ');
    terminal.type(`eputs "begun"; ${endless}\r`);
    await terminal.shows('\nbegun');
    terminal.type(CTRL_C);
    await terminal.shows('puck.uno/alarm/interrupted');
  }
  await terminal.shows('caspian> ');
  terminal.type('if true\r');
  await terminal.shows('... ');
  terminal.type(`half${CTRL_C}`);
  await terminal.shows('caspian> ');
  terminal.type('$kept\r');
  await terminal.shows('=> 7');
  terminal.type('%process.exit(3)\r');
  expect(await terminal.ended).toBe(3);
});

it('keeps the inputs for the next time, for the user alone', async () => {
  const first = new Terminal('');
  await first.shows('caspian> ');
  first.type('$first = 1\r');
  await first.shows('=> 1');
  await first.shows('caspian> ');
  first.type(' $secret = 2\r');
  await first.shows('=> 2');
  await first.shows('caspian> ');
  first.type(CTRL_D);
  await first.ended;
  const file = join(home, '.cache/caspian-net/history');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe('$first = 1\n');
  const second = new Terminal('');
  await second.shows('caspian> ');
  second.type(UP);
  await second.shows('$first = 1');
  second.type('\r');
  await second.shows('=> 1');
  second.type(CTRL_D);
  expect(await second.ended).toBe(0);
});

it('runs under the flags given', async () => {
  const terminal = new Terminal('--allow-net=127.0.0.1 --timeout=2');
  await terminal.shows('caspian> ');
  terminal.type("%net.allowed?('127.0.0.1', 1)\r");
  await terminal.shows('=> true');
  terminal.type("%net.allowed?('example.com', 1)\r");
  await terminal.shows('=> false');
  terminal.type('forever do $x = 1 end\r');
  await terminal.shows('puck.uno/alarm/time_limit');
  expect(await terminal.ended).toBe(1);
});

it('runs inputs from a pipe', async () => {
  const stdin = '$x = [1,\n2]\n$x.sum\nputs "hi"\n$nothing\nif true\n  puts 5\nend\n"a\\u{1b}[2J"\n';
  const { stdout, stderr, code } = await caspian(['-i'], { stdin });
  expect(stdout).toBe('=> [1, 2]\n=> 3\nhi\n5\n=> "a\\u{1b}[2J"\n');
  expect(stderr).toContain('session:1: puck.uno/error/undefined_variable: the variable $nothing is not set');
  expect(code).toBe(0);
});

it('says what is missing where a pipe ends in an input', async () => {
  const { stderr, code } = await caspian(['-i'], { stdin: 'if true\nputs 1\n' });
  expect(stderr).toContain("expected 'end' of the 'if' in line 1");
  expect(code).toBe(1);
});

it.each([[['-i', '-e', 'puts 1']], [['-i', '--check']]])('takes no script beside it: %s', async (args) => {
  const { stderr, code } = await caspian(args);
  expect(stderr).toContain('--interactive runs what is typed, and nothing else');
  expect(code).toBe(2);
});

it('hands arguments on', async () => {
  const { stdout } = await caspian(['-i', 'a', 'b'], { stdin: '%argv\n' });
  expect(stdout).toBe('=> ["a", "b"]\n');
});
