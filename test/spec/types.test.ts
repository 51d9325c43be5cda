/**
 * Every TypeScript example of spec/ compiles, as strictly as the project itself, against the package's own types.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf, pageNames, readPage } from '../helpers/spec-page.ts';
import { typeCheck } from '../helpers/type-check.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'caspian-types-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('compiles every TypeScript example', { timeout: 60_000 }, async () => {
  const files = pageNames().flatMap((page) =>
    blocksOf(readPage(page))
      .filter(({ language }) => language === 'ts')
      .map(({ text, line }) => {
        const file = `${page.replace('.md', '')}-line${line}.ts`;
        writeFileSync(join(folder, file), text);
        return file;
      }),
  );
  expect(files.length).toBeGreaterThan(0);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: {
          'caspian-net': [join(root, 'src/index.ts')],
          'caspian-net/guest': [join(root, 'src/guest.ts')],
        },
      },
      files: [...files, join(root, 'src/powerless.d.ts')],
    }),
  );
  const complaints = await typeCheck(folder);
  expect(complaints.filter((line) => files.some((file) => line.startsWith(file)))).toEqual([]);
});
