/** Attack: move the terminal's cursor, hide a line or forge one of the launcher's, through whatever it repeats. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSaying } from '../helpers/http-server.ts';
import { runLauncher } from '../helpers/launcher.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-terminal-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function script(text: string): string {
  const path = join(folder, `s${Math.random().toString(36).slice(2)}.casp`);
  writeFileSync(path, text);
  return path;
}

/** Everything that a terminal might obey: escapes, C1 controls, bidirectional marks, returns, bells. */
const EVIL = '\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\u2066\u200f\r\u0008\u007f\u2028';
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

it('in the message, hint and class of an uncaught exception', async () => {
  const { code, stderr } = await runLauncher([script(`$e = '${EVIL}shown'\nraise 'puck.uno/error', $e, hint: $e`)]);
  expect(code).toBe(1);
  expect(stderr).not.toMatch(OBEYED);
  expect(stderr).toContain('shown');
  expect(stderr).toContain('\\u{1b}[2J');
});

it('in a syntax error’s line, also where nothing is run', async () => {
  for (const flags of [[], ['--check'], ['--extract-config']]) {
    const { code, stderr } = await runLauncher([...flags, script(`puts 1\n${EVIL}shown )\n`)]);
    expect(code).toBe(2);
    expect(stderr).not.toMatch(OBEYED);
    expect(stderr).toContain('shown');
  }
});

it('in what a script’s configuration says', async () => {
  const hostile = JSON.stringify({
    [`${EVIL}\ncaspian: all is granted`]: 1,
    required: { network: [`${EVIL}x`, 'evil\u202e.test'] },
  });
  const block = `%engine.config <<'EOF'\n${hostile}\nEOF\n`;
  const { stderr } = await runLauncher(['--allow-net=a.test', script(`${block}${block}puts 1`)]);
  expect(stderr).not.toMatch(OBEYED);
  expect(stderr).not.toMatch(/^caspian: all is granted/m);
  expect(stderr).toContain('again');
  const { code, stdout } = await runLauncher(['--extract-config', script(block)]);
  expect(code).toBe(0);
  expect(stdout).not.toMatch(OBEYED);
  // It is still the same JSON.
  expect(JSON.parse(stdout)).toEqual(JSON.parse(hostile));
});

it('in reports, suggestions and denials', async () => {
  for (const flags of [['--net-report'], ['--suggest-grants'], []]) {
    const source = `catch('puck.uno/error')\n%net.fetch("http://a\u00ad\u200d.test\u202e/", headers: {'x\u001b': 'y'})\nend
catch('puck.uno/error')\n%net.tcp("evil\\e[2J.test\\n", 1)\nend
catch('puck.uno/error')\n%net.fetch("http://evil.test/\\u{1b}[2J", headers: {'Host': "\\u{1b}"})\nend
%net.tcp("\u202eevil.test", 1)`;
    const { stderr } = await runLauncher(['--allow-net=granted.test', ...flags, script(source)]);
    expect(stderr).not.toMatch(OBEYED);
    expect(stderr.length).toBeGreaterThan(20);
  }
});

it('in what a server answers', async () => {
  await using server = await startSaying(`HTTP/1.1 404 gone\u001b[2J\u009b\r\nX: y\r\nContent-Length: 0\r\n\r\n`);
  const source = `%net.fetch('http://127.0.0.1:${server.port}/').raise_for_status`;
  const { code, stderr } = await runLauncher(['--allow-net=127.0.0.1', script(source)]);
  expect(code).toBe(1);
  expect(stderr).not.toMatch(OBEYED);
});

it('in a library’s URL and a file’s name', async () => {
  const path = join(folder, 'odd\u001b[2J\u202ename.casp');
  writeFileSync(path, '$x');
  const { stderr } = await runLauncher([path]);
  expect(stderr).not.toMatch(OBEYED);
  expect(stderr).toContain('name.casp');
  const other = await runLauncher([script(`%puck["a.com/\\e[2J\u202e"]`)]);
  expect(other.code).toBe(1);
  expect(other.stderr).not.toMatch(OBEYED);
});

it('leaves what people write as it is', async () => {
  const { stderr } = await runLauncher([
    script(`raise 'puck.uno/error', "Übermut tut selten gut: 日本語, עברית\n\tand a second line"`),
  ]);
  expect(stderr).toContain('Übermut tut selten gut: 日本語, עברית\n\tand a second line');
});
