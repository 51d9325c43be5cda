/** Runs every script below test/scripts and every example of spec/language.md; each carries its own expectations. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compareGolden, readExpectation, runGolden } from './helpers/golden.ts';

const folder = fileURLToPath(new URL('scripts/', import.meta.url));

function scriptsBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.casp'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe('golden scripts', () => {
  test.each(scriptsBelow(folder))('%s', (name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    const expectation = readExpectation(source);
    expect(compareGolden(runGolden(source, name, expectation), expectation)).toBeNull();
  });
});

describe('examples of spec/language.md', () => {
  const lines = readFileSync(new URL('../spec/language.md', import.meta.url), 'utf8').split('\n');
  const starts = lines.flatMap((line, at) => (line === '```caspian' ? [at + 1] : []));

  test.each(starts.map((start) => [start + 1, start]))('line %i', (_line, start) => {
    const source = `${lines.slice(start, lines.indexOf('```', start)).join('\n')}\n`;
    const expectation = readExpectation(source);
    expect(compareGolden(runGolden(source, 'language.md', expectation), expectation)).toBeNull();
  });
});
