/** `caspian script.js`, `.mjs`, `.ts` and `network-runtime`: what is printed, and how they end. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRuntimeArguments } from '../src/cli/network-runtime.ts';
import { caspian, launch } from './helpers/cli.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-js-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { stdout, stderr, code } = await caspian(args, { cwd: folder });
  return { stdout, stderr, code };
}

describe('a script in JavaScript', () => {
  it('prints, imports, waits, and ends when nothing is left', async () => {
    const ran = await run(
      {
        'a.mjs': `import { hello } from './b.ts'; console.log(hello('x'), argv, net); console.error('err');
          await new Promise((r) => setTimeout(r, 20)); setTimeout(() => console.log('last'), 20)`,
        'b.ts': `export function hello(name: string): string { return 'hello ' + name }`,
      },
      'a.mjs',
      '1',
    );
    expect(ran).toEqual({ stdout: 'hello x [ "1" ] null\nlast\n', stderr: 'err\n', code: 0 });
  });

  it.each([
    ['throws', `throw new TypeError('boom')`, 'TypeError: boom\n    at s.js:1:7\n', 1],
    ['can not be read', 'let x = ;', "s.js:1:9: Unexpected token ';'\n  let x = ;\n          ^\n", 2],
    ['waits for nothing', 'await new Promise(() => {})', 'caspian: s.js: the script waits for what never comes\n', 13],
    ['throws what is no error', 'throw 42', 'Error: thrown: 42\n', 1],
    ['rejects', `Promise.reject(new RangeError('later'))`, 'RangeError: later\n    at s.js:1:16\n', 1],
    [
      'imports what is not there',
      `import './none.js'`,
      'Error: import "none.js": there is no such file in the script\'s folder\n',
      1,
    ],
    ['imports Node', `import 'node:fs'`, 'Error: import "node:fs": only relative files can be imported\n', 1],
  ])('that %s', async (_what, source, stderr, code) => {
    expect(await run({ 's.js': source }, 's.js')).toEqual({ stdout: '', stderr, code });
  });

  it('tells the line of what is wrong in a file that it imports, in TypeScript too', async () => {
    const broken = await run({ 's.js': `import './b.js'`, 'b.js': '// one\nlet x = ;' }, 's.js');
    expect([broken.stderr, broken.code]).toEqual(["SyntaxError: Unexpected token ';' [b.js:2:9]\n", 1]);
    const types = await run(
      {
        's.ts': `interface A {\n  readonly a: string\n}\nimport { fail } from './b.ts'\nfail({ a: 'x' } as A)`,
        'b.ts': `type T = { a: string }\n\nexport function fail(t: T): never {\n  throw new Error(t.a)\n}`,
      },
      's.ts',
    );
    expect([types.stderr, types.code]).toEqual(['Error: x\n    at fail (b.ts:4:9)\n    at s.ts:5:1\n', 1]);
  });

  it('that throws later ends at once', async () => {
    const { stderr, code } = await run({ 's.js': 'setInterval(() => null.x, 5)' }, 's.js');
    expect([stderr.split('\n')[0], code]).toEqual(["TypeError: Cannot read properties of null (reading 'x')", 1]);
  });

  it('has the limits of the flags', async () => {
    expect(await run({ 's.js': 'for (;;);' }, '--max-cpu=0.1', 's.js')).toMatchObject({
      stderr: 'caspian: the script was ended: cpu_limit_exceeded\n',
      code: 1,
    });
    expect(
      await run({ 's.js': 'await new Promise((r) => setTimeout(r, 60000))' }, '--timeout=0.2', 's.js'),
    ).toMatchObject({
      stderr: 'caspian: the script was ended: time_limit_exceeded\n',
      code: 1,
    });
  });

  it('has the net of the flags, and no more', async () => {
    const source = `try { net.tcp('example.com', 80) } catch (e) { console.log(e.code, net.grants.allowNet) }`;
    const ran = await run({ 's.js': source }, '--allow-net=127.0.0.1', 's.js');
    expect(ran).toEqual({ stdout: 'NET_HOST_NOT_ALLOWED [ "127.0.0.1" ]\n', stderr: '', code: 0 });
  });

  it.each([
    ['fetch', `await fetch('http://127.0.0.1:1/')`],
    ['net', `net.fetch('http://127.0.0.1:1/')`],
  ])('is told which flag would have let it out: %s', async (_what, source) => {
    const none = await run({ 's.js': source }, 's.js');
    expect(none.stderr).toContain('\n  hint: the script was given no network: launch it with --allow-net=HOST');
    const other = await run({ 's.js': source }, '--allow-net=example.com', 's.js');
    expect(other.stderr).toContain('\n  hint: run again with --allow-net=127.0.0.1:1\n');
    expect(other.stderr.split('\n').slice(-2)).toEqual([expect.stringMatching(/^ {4}at (async )?s\.js:1:\d+$/), '']);
  });

  it('can be checked, and not more than that', async () => {
    expect(await run({ 's.js': 'console.log(1)' }, '--check', 's.js')).toEqual({ stdout: '', stderr: '', code: 0 });
    expect((await run({ 's.js': 'a b' }, '--check', 's.js')).code).toBe(2);
    expect((await run({ 's.js': '1' }, '--extract-config', 's.js')).code).toBe(2);
    expect((await run({ 's.js': '1' }, '--lib=.', 's.js')).code).toBe(2);
    expect((await run({}, 'none.js')).stderr).toContain('there is no such file');
  });

  it('imports nothing from outside of its folder', async () => {
    symlinkSync('/etc/hosts', join(folder, 'link.js'));
    const { stderr, code } = await run({ 's.js': `import './link.js'` }, 's.js');
    expect([stderr, code]).toEqual(['Error: import "link.js": there is no such file in the script\'s folder\n', 1]);
  });
});

describe('network-runtime', () => {
  it('reads its arguments', () => {
    const script = join(folder, 'main.js');
    writeFileSync(script, '');
    expect(readRuntimeArguments([script])).toEqual({ script, options: { threads: 4, cpuMs: 10_000, memoryMb: 128 } });
    expect(readRuntimeArguments([script, '2', '0', '0'])).toEqual({
      script,
      options: { threads: 2, cpuMs: null, memoryMb: 0 },
    });
  });

  it.each([[[]], [['-x']], [['none.js']], [['x', '0']], [['x', '1', '-1']], [['x', '1', '1', 'no']]])(
    'refuses %j',
    (argv) => {
      const script = join(folder, 'main.js');
      expect(readRuntimeArguments(argv.map((each) => (each === 'x' && argv.length > 1 ? script : each)))).toMatchObject(
        { code: 2 },
      );
    },
  );

  it('ends as its main script does', async () => {
    const runtime = async (source: string, ...args: readonly string[]) => {
      writeFileSync(join(folder, 'main.mjs'), source);
      const { stdout, stderr, code } = await launch('network-runtime', args, { cwd: folder });
      return { stdout, line: stderr.split('\n')[0], code };
    };
    expect(
      await runtime('console.log(typeof V8Sandbox, process.argv.slice(2))', 'main.mjs', '1', '0', '0', 'own'),
    ).toEqual({
      stdout: "function [ '1', '0', '0', 'own' ]\n",
      line: '',
      code: 0,
    });
    expect((await runtime(`throw new Error('mine')`, 'main.mjs')).code).toBe(1);
    expect(await runtime('', 'main.mjs', 'many')).toEqual({
      stdout: '',
      line: 'network-runtime: threads must be a whole number from 1 to 256',
      code: 2,
    });
    expect((await runtime('', '.')).line).toBe('network-runtime: .: this is no file');
    expect((await runtime('', '--help')).code).toBe(0);
  });
});
