/** Attack: libraries that are no files: named pipes, devices, folders. Opening a pipe would hold a thread of the host. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-lib-'));
  mkdirSync(join(folder, 'a.com'));
  for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) execFileSync('mkfifo', [join(folder, 'a.com', `${name}.casp`)]);
  mkdirSync(join(folder, 'a.com', 'folder.casp'));
  symlinkSync('/dev/zero', join(folder, 'a.com', 'zero.casp'));
  symlinkSync('loop.casp', join(folder, 'a.com', 'loop.casp'));
  writeFileSync(join(folder, 'a.com', 'huge.casp'), '');
  truncateSync(join(folder, 'a.com', 'huge.casp'), 17 * 1024 * 1024);
  writeFileSync(join(folder, 'a.com', 'fine.casp'), '42');
});

afterAll(() => rmSync(folder, { recursive: true }));

it('finds nothing there, and holds up nobody', async () => {
  // One more than the process has threads for files: with those held no file could be read any more.
  const source = ['p1', 'p2', 'p3', 'p4', 'p5', 'folder', 'zero', 'loop']
    .map((name) => `$e = catch('puck.uno/error')\n%['a.com/${name}']\nend\nputs $e.class`)
    .join('\n');
  const { lines, outcome } = await runScript(`${source}\nputs %['a.com/fine']`, { libraries: folder });
  expect(outcome).toMatchObject({ ok: true });
  expect(lines).toEqual([...Array(8).fill('puck.uno/error/not_found'), '42']);
});

it('refuses a file that is too large before it reads it', async () => {
  const { outcome } = await runScript(`%['a.com/huge']`, { libraries: folder });
  expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/argument' } });
  expect(JSON.stringify(outcome)).not.toContain(folder);
});
