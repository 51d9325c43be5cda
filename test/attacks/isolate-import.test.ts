/** Imports of a script in JavaScript: by no path, link or name does one reach a file outside of the script's folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Modules } from '../../src/cli/javascript.ts';

let top: string;
let modules: Modules;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'caspian-import-'));
  for (const folder of ['in', 'in/lib', 'in-other']) mkdirSync(join(top, folder));
  for (const file of ['in/main.js', 'in/lib/good.js', 'out.js', 'in-other/near.js', 'in/data.txt']) {
    writeFileSync(join(top, file), `'${file}'`);
  }
  symlinkSync(join(top, 'out.js'), join(top, 'in/link.js'));
  symlinkSync(top, join(top, 'in/up'));
  modules = new Modules(join(top, 'in/main.js'));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

it.each([
  './../out.js',
  '../out.js',
  '../in-other/near.js',
  './link.js',
  './up/out.js',
  './lib/../../out.js',
  '/etc/hosts',
  'file:///etc/hosts',
  'node:fs',
  'isolated-vm',
  './data.txt',
  './none.js',
  './lib',
  './main.js\0.txt',
])('%j is refused', async (specifier) => {
  await expect(modules.find(specifier, 'main.js')).rejects.toThrow('import ');
});

it('what lies below is found, from wherever it is asked for', async () => {
  expect(await modules.find('./lib/good.js', 'main.js')).toEqual({ name: 'lib/good.js', source: "'in/lib/good.js'" });
  expect(await modules.find('../main.js', 'lib/good.js')).toEqual({ name: 'main.js', source: "'in/main.js'" });
});

it('what is said of a path that leads out does not tell whether anything is there', async () => {
  const said = async (specifier: string): Promise<string> => {
    const { message } = (await modules.find(specifier, 'main.js').catch((thrown: Error) => thrown)) as Error;
    return message.replace(/"[^"]*"/, 'it');
  };
  for (const [there, nowhere] of [
    ['../out.js', '../none.js'],
    ['../in-other/near.js', '../in-other/none.js'],
    ['./up/out.js', './up/none.js'],
    ['./link.js', './none.js'],
  ] as const) {
    expect(await said(there)).toBe(await said(nowhere));
  }
});

it('a pipe is no file', async () => {
  execFileSync('mkfifo', [join(top, 'in/pipe.js')]);
  await expect(modules.find('./pipe.js', 'main.js')).rejects.toThrow('this is no file');
});

it('a folder whose name begins with two dots is inside', async () => {
  mkdirSync(join(top, 'in/..lib'));
  writeFileSync(join(top, 'in/..lib/a.js'), '1');
  expect(await modules.find('./..lib/a.js', 'main.js')).toEqual({ name: '..lib/a.js', source: '1' });
});
