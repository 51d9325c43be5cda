/**
 * The web's APIs in a guest against web-platform-tests: results.txt has what passes and what does not, known.ts why not.
 * `npm run wpt` brings the suite's files; `npx vitest run test/isolate/wpt -u` writes results.txt anew.
 */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { openSandbox } from '../../helpers/isolates.ts';
import { runWpt, type WptResult } from '../../helpers/wpt.ts';
import { hasWpt, WPT_FOLDER } from './fetch.ts';
import { KNOWN } from './known.ts';
import { failuresOf, RESULTS_PATH, readResults, writeResults } from './results.ts';
import { ALSO, AREAS, INTERFACES, interfaceTest, LEFT_OUT } from './suite.ts';

const LANES = 2;
/** All files of an API, on a busy machine. */
const PATIENCE_MS = 300_000;

const sandbox = openSandbox({ threads: LANES, cpuMs: 60_000, memoryMb: 256 });
const results = new Map<string, readonly WptResult[]>();

afterAll(() => sandbox.shutdown());

function filesOf(folders: readonly string[]): string[] {
  const all = readdirSync(WPT_FOLDER, { recursive: true, encoding: 'utf8' });
  return [...all.filter((file) => file.endsWith('.any.js')), ...ALSO, ...Object.keys(INTERFACES)].filter(
    (file) => folders.some((folder) => file.startsWith(folder)) && !LEFT_OUT.some(({ pattern }) => pattern.test(file)),
  );
}

async function runAll(files: string[]): Promise<void> {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const own = INTERFACES[file];
    results.set(file, await runWpt(sandbox, file, own === undefined ? undefined : interfaceTest(own)));
  }
}

describe.skipIf(!hasWpt())('web-platform-tests (npm run wpt)', () => {
  it.each(Object.entries(AREAS))(
    '%s',
    async (_api, folders) => {
      const files = filesOf(folders);
      expect(files).not.toEqual([]);
      await Promise.all(Array.from({ length: LANES }, () => runAll(files)));
    },
    PATIENCE_MS,
  );

  it('come to what they came to before', async () => {
    await expect(writeResults(results)).toMatchFileSnapshot(RESULTS_PATH);
  });
});

describe('what fails', () => {
  const failures = failuresOf(readResults());

  it('has a reason', () => {
    expect(failures.filter((failure) => !KNOWN.some(([pattern]) => pattern.test(failure)))).toEqual([]);
  });

  it('is what the reasons are about', () => {
    expect(KNOWN.filter(([pattern]) => !failures.some((failure) => pattern.test(failure)))).toEqual([]);
  });
});
