/**
 * The web's APIs in a guest against Node's own, row by row: the same JavaScript runs in both. A row that says what it must
 * come to is held against that alone.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox } from '../../helpers/isolates.ts';
import { GROUPS } from './all-rows.ts';
import { HARNESS, type Row, sourceOf } from './rows.ts';

const sandbox = openSandbox({ cpuMs: 60_000 });
afterAll(() => sandbox.shutdown());

async function inGuest(rows: readonly Row[]): Promise<readonly string[]> {
  const guest = await sandbox.createIsolate();
  try {
    const told = await guest.evaluate(`${HARNESS}(${JSON.stringify(rows.map(sourceOf))})`, { timeout: 60 });
    return Array.isArray(told) ? told.map(String) : [];
  } finally {
    guest.destroy();
  }
}

/** In a process of its own, without what the test's runner changes; rows that say what they come to are not run. */
function inNode(rows: readonly Row[]): readonly string[] {
  const asked = rows.map((row) => (typeof row === 'object' && 'gives' in row ? 'null' : sourceOf(row)));
  const code = `${HARNESS}(${JSON.stringify(asked)}).then((told) => { process.stdout.write(JSON.stringify(told)); process.exit(); })`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-'], { input: code, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.each(GROUPS.map((group) => [Object.keys(group).join(' · '), group] as const))('%s', (_apis, group) => {
  const rows = Object.values(group).flat();
  let guest: readonly string[];
  let node: readonly string[];

  beforeAll(async () => {
    node = inNode(rows);
    guest = await inGuest(rows);
  }, 120_000);

  it('is as Node has it, or as the row says', () => {
    const wrong = rows.flatMap((row, index) => {
      const wanted = typeof row === 'object' && 'gives' in row ? row.gives : node[index];
      const differs = typeof row === 'object' && 'differs' in row;
      return (guest[index] === wanted) === differs ? [[sourceOf(row), guest[index], wanted]] : [];
    });
    expect(wrong).toEqual([]);
  });
});

it('all of it is below 250 KB, but for the tables that come later', () => {
  const prelude = fileURLToPath(new URL('../../../dist/isolate-prelude.js', import.meta.url));
  expect(statSync(prelude).size).toBeLessThan(250_000);
});
