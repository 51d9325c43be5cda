/** What the files have come to, as a text that can be compared: the tests of each that passed, and those that did not. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WptResult } from '../../helpers/wpt.ts';

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failed: readonly string[];
}

export const RESULTS_PATH = fileURLToPath(new URL('results.txt', import.meta.url));

/** Names of tests may have anything in them. */
export function writeResults(results: ReadonlyMap<string, readonly WptResult[]>): string {
  const files = [...results].sort(([one], [other]) => (one < other ? -1 : 1));
  return files
    .map(([file, tests]) => {
      const failed = tests.filter(({ passed }) => !passed).map(({ name }) => `  ${JSON.stringify(name)}\n`);
      return `${file} ${tests.length - failed.length}\n${failed.join('')}`;
    })
    .join('');
}

/** `file: name of the test` for each that did not pass. */
export function failuresOf(results: readonly FileResult[]): readonly string[] {
  return results.flatMap(({ file, failed }) => failed.map((name) => `${file}: ${name}`));
}

export function readResults(): readonly FileResult[] {
  const blocks = readFileSync(RESULTS_PATH, 'utf8').split(/\n(?! |$)/);
  return blocks.map((block) => {
    const [head = '', ...failed] = block.trimEnd().split('\n');
    const [file = '', passed] = head.split(' ');
    return { file, passed: Number(passed), failed: failed.map((line) => String(JSON.parse(line))) };
  });
}
