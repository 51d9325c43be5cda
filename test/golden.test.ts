/** Runs every script below test/scripts; each carries its own expectations (test/helpers/golden.ts). */
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
