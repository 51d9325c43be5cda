/** The launcher from the shell: what is wrong is said in one line, nothing runs, and the exit code says which. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { FLAGS } from '../src/cli/flags.ts';
import { caspian } from './helpers/cli.ts';

let folder: string;
let api: Api;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-cli-'));
  api = await startApi(0);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  api.close();
});

function script(text: string, name = 'script.casp'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('a launch that is refused', () => {
  const RAN = ['-e', 'puts "ran"'];
  it.each([
    ['an unknown flag', ['--bogus', ...RAN], 'unknown flag "--bogus"'],
    ['a misspelt flag', ['--alow-net=a', ...RAN], 'did you mean --allow-net?'],
    ['a flag named like an internal word', ['--__proto__=1', ...RAN], 'unknown flag "--__proto__"'],
    ['a rule that is a URL', ['--allow-net=https://x.test', ...RAN], 'write x.test:443'],
    ['an empty rule', ['--allow-net=', ...RAN], '--allow-net: "" is empty'],
    ['one bad rule among good ones', ['--allow-net=a.test', '--deny-net=b.test,10.1', ...RAN], '--deny-net'],
    ['a value for a switch of look-ups', ['--no-dns=yes', ...RAN], '--no-dns takes no value'],
    ['a value where none goes', ['--standard=yes', ...RAN], '--standard takes no value'],
    ['no value where one must be', ['-e'], '--eval needs a value'],
    ['a time-out of nothing', ['--timeout=0', ...RAN], '--timeout=0'],
    ['a time-out that is no number', ['--timeout=soon', ...RAN], '--timeout=soon'],
    ['a flag given twice', ['--timeout=1', '--timeout=2', ...RAN], '--timeout was given more than once'],
    ['two tasks', ['--check', '--extract-config', ...RAN], '--check and --extract-config'],
    ['no script', ['--allow-net'], 'no script was named'],
    ['a bad rule beside a bundle', ['-A', '--allow-net=:80', ...RAN], '--allow-net'],
    ['too little memory', ['--max-memory=2', ...RAN], '16 or more'],
    ['a value that would be the next flag', ['--timeout', '-e', ...RAN], '--timeout=-e'],
    ['a file that is not there', ['/nowhere/script.casp'], 'there is no such file'],
    [
      'a value that is not joined to its flag',
      ['--allow-net', '127.0.0.1:8600', 'x.casp'],
      '127.0.0.1:8600: there is no such file (a value is joined to its flag: --allow-net=127.0.0.1:8600)',
    ],
    ['a folder', ['/tmp'], 'this is a folder'],
    ['a library folder that is not there', ['--lib=/nowhere', ...RAN], '--lib=/nowhere'],
    ['a report that can not be written', ['--net-report=/nowhere/x', '-A', ...RAN], '--net-report=/nowhere/x'],
  ])('%s', async (_what, args, said) => {
    const ran = await caspian(args);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(ran).toMatchObject({ stdout: '', code: 2 });
  });

  it('a syntax error, with the line, a caret, and what was expected', async () => {
    const ran = await caspian([script('puts 1\nputs (2\nputs 3\n')]);
    expect(ran.code).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(/script\.casp:\d+:\d+: syntax error: .*expected/);
    expect(ran.stderr).toMatch(/^ +\^$/m);
  });
});

describe('a run', () => {
  it('hands the arguments after the script to the script, flags among them', async () => {
    const ran = await caspian([script('puts %argv.join("|")'), '--allow-net', '-x', 'a b', '']);
    expect(ran).toMatchObject({ stdout: '--allow-net|-x|a b|\n', code: 0 });
  });

  it('takes no word after a bare flag for its value', async () => {
    const ran = await caspian(['--allow-net', script('puts %net.allowed?("anything.test", 1)')]);
    expect(ran).toMatchObject({ stdout: 'true\n', code: 0 });
  });

  it.each([
    [['--allow-net=a.test:1', '--allow-net=b.test'], 'true false true false'],
    [['--allow-net=a.test:1,b.test'], 'true false true false'],
    [['--standard'], 'true true true false'],
    [['-A'], 'true true true true'],
    [['--allow-net', '--deny-net=a.test'], 'false false true false'],
    [['--allow-listen=80'], 'false false false true'],
  ])('%j grants what it says', async (flags, expected) => {
    const code =
      'puts [%net.allowed?("a.test", 1), %net.allowed?("a.test", 2), %net.allowed?("b.test", 1), ' +
      '%net.listen_allowed?("127.0.0.1", 80)].join(" ")';
    expect(await caspian([...flags, '-e', code])).toMatchObject({ stdout: `${expected}\n`, stderr: '', code: 0 });
  });

  it('has no %net without a grant', async () => {
    expect(await caspian(['--deny-net=private', '-e', 'puts %net == null'])).toMatchObject({ stdout: 'true\n' });
  });

  it('reads the script from standard input, or standard input from the script', async () => {
    expect(await caspian(['-'], { stdin: 'puts 1 + 1' })).toMatchObject({ stdout: '2\n', code: 0 });
    expect(await caspian(['-e', 'puts %stdin.read.length'], { stdin: 'four' })).toMatchObject({ stdout: '4\n' });
  });

  it('starts from a #! line', async () => {
    expect(await caspian([script('#!/usr/bin/env caspian\nputs 1')])).toMatchObject({ stdout: '1\n', code: 0 });
  });

  it('ends with the code that the script says', async () => {
    expect(await caspian(['-e', '%process.exit(7)'])).toMatchObject({ code: 7 });
  });

  it('reports an uncaught error with file, line and hint', async () => {
    const ran = await caspian(['--allow-net=a.test', script('puts 1\n%net.fetch("http://b.test/")\n', 'denied.casp')]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toBe('1\n');
    expect(ran.stderr).toMatch(/denied\.casp:2: puck\.uno\/error\/network\/host_not_allowed: fetch b\.test:80: /);
    expect(ran.stderr).toContain('hint: run again with --allow-net=b.test:80');
  });

  it.each([
    ['--timeout=0.2', 'forever\n$a = 1\nend', 'time_limit'],
    ['--timeout=0.2', '%utils.sleep(60)', 'time_limit'],
    ['--max-cpu=0.2', 'forever\n$a = 1\nend', 'cpu_limit'],
    ['--max-memory=16', '$a = []\nforever\n$a.push("x".repeat(1000) + "y")\nend', 'memory_limit'],
    ['--max-memory=30', '$a = []\nforever\n$a.push(("x" * 1000000).bytes + "y".bytes)\nend', 'memory_limit'],
  ])('%s ends %j with an alarm', async (flag, code, alarm) => {
    const ran = await caspian([flag, '-e', code]);
    expect(ran.stderr).toContain(`puck.uno/alarm/${alarm}`);
    expect(ran.code).toBe(1);
  });

  it.each(['forever\n$a = 1\nend', '%utils.sleep(60)', '%net.tcp("127.0.0.1", %argv[0].to_int).recv(1)'])(
    'ends at once, with 130, when Ctrl-C comes during %j',
    async (code) => {
      const port = api.host.split(':')[1] ?? '';
      const text = `puts "started"\n%stdout.flush\n${code}`;
      const ran = await caspian(['-A', script(text, 'busy.casp'), port], {
        watch: (_stdout, kill) => kill('SIGINT'),
      });
      expect(ran).toMatchObject({ stdout: 'started\n', stderr: '', code: 130 });
    },
  );
});

describe('what else it can do', () => {
  it('checks without running', async () => {
    expect(await caspian(['--check', '-e', 'puts 1'])).toMatchObject({ stdout: '', stderr: '', code: 0 });
    expect(await caspian(['--check', '-e', 'puts (1'])).toMatchObject({ stdout: '', code: 2 });
  });

  it('prints what a script asks for', async () => {
    const code = '%engine.config <<EOF(\'json\')\n{"required": {"network": ["a.test"]}}\nEOF\nputs 1';
    const ran = await caspian(['--extract-config', '-e', code]);
    expect(JSON.parse(ran.stdout)).toEqual({ required: { network: ['a.test'] } });
    expect(ran.code).toBe(0);
  });

  it('says before the run what the script asks for and does not have', async () => {
    const config = JSON.stringify({ required: { network: ['a.test', 'b.test:443', '*.c.test'], listen: ['8080'] } });
    const file = script(`%engine.config <<EOF('json')\n${config}\nEOF\nputs "ran"`);
    const some = await caspian(['--allow-net=a.test,b.test:443', '--allow-listen=8000-9000', file]);
    expect(some.stderr).toBe(
      'caspian: the script asks for network access that is not granted: add --allow-net=*.c.test\n',
    );
    expect(some).toMatchObject({ stdout: 'ran\n', code: 0 });
    const none = await caspian([file]);
    expect(none.stderr).toContain('add --allow-net=a.test,b.test:443,*.c.test\n');
    expect(none.stderr).toContain('add --allow-listen=8080\n');
    expect((await caspian(['-A', file])).stderr).toBe('');
  });

  it('reports each decision as a line of JSON', async () => {
    const report = join(folder, 'report.jsonl');
    const code = `%net.fetch("http://${api.host}/cities")\ncatch('puck.uno/error')\n%net.tcp('b.test', 5)\nend`;
    const ran = await caspian([`--net-report=${report}`, `--allow-net=${api.host}`, '-e', code]);
    expect(ran.code).toBe(0);
    const [first, second] = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ role: 'user', line: 1, operation: 'fetch', host: '127.0.0.1', verdict: 'allowed' });
    expect(second).toMatchObject({ role: 'user', line: 3, operation: 'connect', host: 'b.test', port: 5 });
    expect(second.error).toBe('puck.uno/error/network/host_not_allowed');
  });

  it('suggests the grants that a run needed', async () => {
    const code = `%net.fetch("http://${api.host}/cities")\ncatch('puck.uno/error')\n%net.tcp('b.test', 5)\nend`;
    const ran = await caspian(['--suggest-grants', '--allow-net', '--deny-net=b.test', '-e', code]);
    expect(ran.stderr).toContain(`--allow-net=${api.host}\n`);
    expect(ran.stderr).toContain('b.test:5');
  });

  it('warns once of a header that is not the script’s to set', async () => {
    const code = `2.times do\n%net.fetch("http://${api.host}/cities", headers: {Host: 'evil.test'})\nend`;
    const ran = await caspian([`--allow-net=${api.host}`, '-e', code]);
    expect(ran.stderr).toBe("caspian: the header host is not the script's to set and was not sent\n");
    expect(ran.code).toBe(0);
  });

  it('prints its version and a help that names every flag', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await caspian(['--version'])).toMatchObject({ stdout: `caspian ${version}\n`, code: 0 });
    const help = await caspian(['--help']);
    for (const { name } of FLAGS) expect(help.stdout).toContain(`--${name}`);
    expect(help).toMatchObject({ stderr: '', code: 0 });
  });
});
