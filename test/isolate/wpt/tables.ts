/** The tables of spec/web-apis.md that are made of what the suite has come to. */
import { markdownTable } from '../../helpers/spec-page.ts';
import { KNOWN } from './known.ts';
import { type FileResult, failuresOf, readResults } from './results.ts';
import { AREAS, LEFT_OUT } from './suite.ts';

const count = (files: readonly FileResult[]): readonly [files: number, tests: number, passed: number] => {
  const passed = files.reduce((sum, file) => sum + file.passed, 0);
  const failed = files.reduce((sum, file) => sum + file.failed.length, 0);
  return [files.length, passed + failed, passed];
};

export function resultTable(): string {
  const results = readResults();
  const rows = Object.entries(AREAS).map(([api, folders]): [string, readonly FileResult[]] => [
    api,
    results.filter(({ file }) => folders.some((folder) => file.startsWith(folder))),
  ]);
  return markdownTable(
    ['API', 'Files', 'Tests', 'Passed'],
    [...rows, ['all', results] as const].map(([api, files]) => [
      api,
      ...count(files).map((n) => n.toLocaleString('en')),
    ]),
  );
}

export function knownFailures(): string {
  const failures = failuresOf(readResults());
  return markdownTable(
    ['Tests', 'Why they fail'],
    KNOWN.map(([pattern, why]) => [String(failures.filter((failure) => pattern.test(failure)).length), why]),
  );
}

export function leftOut(): string {
  return markdownTable(
    ['Files', 'Why they are not run'],
    LEFT_OUT.map(({ files, why }) => [files, why]),
  );
}
