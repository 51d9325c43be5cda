/** Attack: read files outside of the library folder by odd URLs, and through links that lead out of it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { libraryReader } from '../../src/engine/libraries.ts';
import { linesOf } from '../helpers/script.ts';

let root: string;
let folder: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'caspian-escape-'));
  folder = join(root, 'lib');
  mkdirSync(join(folder, 'a.com'), { recursive: true });
  mkdirSync(join(root, 'library'));
  mkdirSync(join(root, 'secret'));
  writeFileSync(join(root, 'secret', 'key.casp'), '"the secret"');
  writeFileSync(join(root, 'library', 'key.casp'), '"a neighbour\'s secret"');
  writeFileSync(join(folder, 'a.com', 'fine.casp'), '"fine"');
  symlinkSync(join(root, 'secret', 'key.casp'), join(folder, 'a.com', 'file.casp'));
  symlinkSync(join(root, 'secret'), join(folder, 'a.com', 'folder'));
  symlinkSync(join(root, 'library'), join(folder, 'a.com', 'beside'));
  symlinkSync('..', join(folder, 'a.com', 'up'));
  symlinkSync('fine.casp', join(folder, 'a.com', 'within.casp'));
});

afterAll(() => rmSync(root, { recursive: true }));

const URLS = [
  '../secret/key',
  'a.com/../../secret/key',
  'a.com/..%2f..%2fsecret/key',
  'a.com/%2e%2e/%2e%2e/secret/key',
  'a.com//../secret/key',
  'a.com/./fine',
  'a.com/.../key',
  'a.com\\..\\..\\secret\\key',
  'a.com/..\\..\\secret\\key',
  '/etc/passwd',
  'https:///etc/passwd',
  'file:///etc/passwd',
  '//etc/passwd',
  'a.com/fine\0',
  'a.com/fine\0/key',
  'a.com/fine\n',
  'a.com/ fine',
  'a.com/fine ',
  'a.com/fine.casp/../fine',
  'a.com/~',
  'a.com/\u2025/key',
  'a.com/\uff0e\uff0e/secret/key',
  'a.com/file',
  'a.com/folder/key',
  'a.com/beside/key',
  'a.com/up/../secret/key',
  'a.com/',
  'a.com',
  '',
  '.',
  '..',
  `a.com/${'x'.repeat(5_000)}`,
  'CON/aux',
  'a.com/fine:stream',
];

it('finds nothing in the engine by any of them', async () => {
  const read = libraryReader(folder);
  for (const url of URLS) expect([url, await read(url)]).toEqual([url, null]);
  expect(await read('a.com/fine')).toBe('"fine"');
  expect(await read('a.com/within')).toBe('"fine"');
});

it('finds nothing from a script by any of them', async () => {
  const source = `%argv.each do($url)
$e = catch('puck.uno/error')
puts %puck[$url]
end
puts $e.class
end
puts %puck['a.com/fine']`;
  const lines = await linesOf(source, { libraries: folder, args: URLS });
  expect(lines.length).toBe(URLS.length + 1);
  expect(new Set(lines.slice(0, -1))).toEqual(new Set(['puck.uno/error/argument', 'puck.uno/error/not_found']));
  expect(lines.at(-1)).toBe('fine');
});

it('keeps to the folder also if the folder is itself a link', async () => {
  const link = join(root, 'link');
  symlinkSync(folder, link);
  const read = libraryReader([link, folder]);
  expect(await read('a.com/fine')).toBe('"fine"');
  expect(await read('a.com/folder/key')).toBeNull();
});
