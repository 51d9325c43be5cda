/** Attack: a link in the library folder, and a URL that climbs, lead to files outside of it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { libraryReader } from '../../src/engine/libraries.ts';

let top: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'caspian-library-'));
  mkdirSync(join(top, 'lib/a.test'), { recursive: true });
  mkdirSync(join(top, 'outside'));
  writeFileSync(join(top, 'outside/secret.casp'), '"secret"');
  writeFileSync(join(top, 'secret.casp'), '"secret"');
  writeFileSync(join(top, 'lib/a.test/own.casp'), '"own"');
  symlinkSync(join(top, 'outside'), join(top, 'lib/b.test'));
  symlinkSync(join(top, 'outside/secret.casp'), join(top, 'lib/a.test/linked.casp'));
  symlinkSync('own.casp', join(top, 'lib/a.test/inside.casp'));
});

afterAll(() => rmSync(top, { recursive: true }));

it('reads what lies below the folder, through links that stay in it', async () => {
  const read = libraryReader(join(top, 'lib'));
  expect(await read('a.test/own')).toBe('"own"');
  expect(await read('a.test/inside')).toBe('"own"');
});

it.each([
  'b.test/secret',
  'a.test/linked',
  '../secret',
  'a.test/../../secret',
  'a.test/..%2f..%2fsecret',
  './a.test/../../secret',
  '/etc/hosts',
  'a.test//own',
  'a.test\\..\\..\\secret',
  'a.test/own\0',
  'own',
  '',
])('finds nothing at %j', async (url) => {
  expect(await libraryReader(join(top, 'lib'))(url)).toBe(null);
});
