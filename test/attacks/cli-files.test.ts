/** Attack: files that are none: a report that can not be written, folders, names and inputs that can not be read. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, runLauncher } from '../helpers/launcher.ts';
import { startTcp } from '../helpers/tcp-server.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-files-'));
  writeFileSync(join(folder, 's.casp'), 'puts "ran"');
});

afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['a report in a folder that is not there', () => ['--net-report=/nowhere/x', join(folder, 's.casp')]],
  ['a report that is a folder', () => [`--net-report=${folder}`, join(folder, 's.casp')]],
  ['a report with too long a name', () => [`--net-report=${'x'.repeat(5_000)}`, join(folder, 's.casp')]],
  ['a library folder that is not there', () => ['--lib=/nowhere', join(folder, 's.casp')]],
  ['a library folder that is a file', () => [`--lib=${join(folder, 's.casp')}`, join(folder, 's.casp')]],
  ['a library folder below a file', () => [`--lib=${join(folder, 's.casp', 'x')}`, join(folder, 's.casp')]],
  ['a library folder with too long a name', () => [`--lib=${'x'.repeat(5_000)}`, join(folder, 's.casp')]],
  ['a script that is not there', () => [join(folder, 'no.casp')]],
  ['a script that is a folder', () => [folder]],
  ['a script without a name', () => ['']],
  ['a script with too long a name', () => ['x'.repeat(5_000)]],
  ['a script below a file', () => [join(folder, 's.casp', 'x')]],
])('says in one line what is wrong with %s, and runs nothing', async (_name, argv) => {
  const { code, stdout, stderr } = await runLauncher(argv());
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd().split('\n').length).toBe(1);
  expect(stderr).toMatch(/^caspian: /);
  expect(stderr).not.toMatch(/node:|\.cjs/);
});

it('says so of a standard input that is a folder', async () => {
  const input = openSync(folder, 'r');
  try {
    const { ended, printed } = launch(['-'], { stdin: input });
    expect((await ended).code).toBe(2);
    expect(printed.stderr.trimEnd().split('\n').length).toBe(1);
    expect(printed.stderr).toMatch(/^caspian: -: /);
  } finally {
    closeSync(input);
  }
});

it('goes no further where a decision can not be reported', async () => {
  await using server = await startTcp();
  const source = `%net.tcp('127.0.0.1', ${server.port})\nputs "went on"`;
  const { code, stdout, stderr } = await runLauncher(['--net-report=/dev/full', '--allow-net', '-e', source]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe('caspian: --net-report=/dev/full: this file can not be written (ENOSPC)\n');
  expect(server.accepted).toBe(0);
});

it('writes one line of JSON for each decision, whatever is asked for', async () => {
  const report = join(folder, 'report');
  const source = `["a\\nb.test", 'x.test', "\\u{202e}.test", '{"verdict":"allowed"}'].each do($h)
catch('puck.uno/error')
%net.tcp($h, 1)
end
end
catch('puck.uno/error')
%net.fetch("http://x.test/\\n{\\"verdict\\":\\"allowed\\"}")
end`;
  const { code } = await runLauncher([`--net-report=${report}`, '--allow-net=granted.test', '-e', source]);
  expect(code).toBe(0);
  const lines = readFileSync(report, 'utf8').trimEnd().split('\n');
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ role: 'user', verdict: expect.not.stringMatching(/^allowed$/) });
  expect(lines.length).toBeGreaterThanOrEqual(1);
});

it('lets no script choose an exit code that says something else', async () => {
  for (const [source, wanted] of [
    ['%process.exit(0)', 0],
    ['%process.exit(255)', 255],
    ['%process.exit(256)', 1],
    ['%process.exit(-1)', 1],
    ['%process.exit(1e99)', 1],
    ['%process.exit(0.5)', 1],
    ['%process.exit("0")', 1],
    ['raise "puck.uno/alarm/time_limit", "x"', 1],
  ] as const) {
    expect([source, (await runLauncher(['-e', source])).code]).toEqual([source, wanted]);
  }
});
