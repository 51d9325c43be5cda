/** What the package's doors export says what it is: each name has a comment where it is declared. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './helpers/cli.ts';

const read = (path: string): string => readFileSync(`${root}src/${path}`, 'utf8');

/** Name and file of what a door hands on. */
function handedOn(door: string): readonly (readonly [name: string, file: string])[] {
  return [...read(door).matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']*)'/gm)].flatMap(
    ([, names = '', file]) =>
      names
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => [name, file ?? ''] as const),
  );
}

it.each(['index.ts', 'guest.ts'])('%s', (door) => {
  const silent = handedOn(door).filter(([name, file]) => {
    const declared = new RegExp(`^export (?:async )?(?:class|interface|type|const|function) ${name}\\b`, 'm').exec(
      read(file),
    );
    if (declared === null) return !new RegExp(`^export (?:type )?\\{[^}]*\\b${name}\\b`, 'm').test(read(file));
    return !read(file).slice(0, declared.index).endsWith('*/\n');
  });
  expect(handedOn(door).length).toBeGreaterThan(20);
  expect(silent).toEqual([]);
});
