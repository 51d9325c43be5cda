/**
 * spec/reference/: each built-in method has a row, each row is a method's, and what its example gives is what the page
 * says.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ARRAY_TABLE } from '../../src/caspian/builtins/array.ts';
import { BYTES_TABLE } from '../../src/caspian/builtins/bytes.ts';
import { CLASS_TABLE, FUNCTION_TABLE } from '../../src/caspian/builtins/callable.ts';
import { exceptionMethods } from '../../src/caspian/builtins/exception.ts';
import { HASH_TABLE } from '../../src/caspian/builtins/hash.ts';
import { loopMethods } from '../../src/caspian/builtins/loop.ts';
import { NUMBER_TABLE } from '../../src/caspian/builtins/number.ts';
import { OBJECT_TABLE, UNIVERSAL_TABLE } from '../../src/caspian/builtins/object.ts';
import { PROCESS_TABLE } from '../../src/caspian/builtins/process.ts';
import { MATCH_TABLE, REGEX_TABLE } from '../../src/caspian/builtins/regex.ts';
import { STDERR_TABLE, STDIN_TABLE, STDOUT_TABLE } from '../../src/caspian/builtins/streams.ts';
import { STRING_TABLE } from '../../src/caspian/builtins/string.ts';
import { CALL_TABLE, chainObject } from '../../src/caspian/builtins/system.ts';
import {
  BASE64_TABLE,
  HEX_TABLE,
  JSON_TABLE,
  RAND_TABLE,
  URL_TABLE,
  UTILS_TABLE,
} from '../../src/caspian/builtins/utils.ts';
import type { Method } from '../../src/caspian/runtime/classes.ts';
import { compareGolden, readExpectation, runGolden } from '../helpers/golden.ts';
import { blocksOf, codeIn, sectionOf, tableIn } from '../helpers/spec-page.ts';

const folder = new URL('../../spec/reference/', import.meta.url);
const pages = readdirSync(folder).sort();

function read(page: string): string {
  return readFileSync(fileURLToPath(new URL(page, folder)), 'utf8');
}

function filled(fill: (methods: Map<string, Method>) => void): readonly string[] {
  const methods = new Map<string, Method>();
  fill(methods);
  return [...methods.keys()];
}

/** Page and heading → the names of the methods there. */
const SECTIONS: readonly (readonly [page: string, heading: string, names: readonly string[]])[] = [
  ['array.md', 'Methods of arrays', Object.keys(ARRAY_TABLE)],
  ['bytes.md', 'Methods of bytes', Object.keys(BYTES_TABLE)],
  ['exception.md', 'Methods of exceptions', filled(exceptionMethods)],
  ['function.md', 'Methods of functions', Object.keys(FUNCTION_TABLE)],
  ['function.md', 'Methods of classes', Object.keys(CLASS_TABLE)],
  ['function.md', 'Methods of every value', Object.keys(UNIVERSAL_TABLE)],
  ['function.md', '`.object`', Object.keys(OBJECT_TABLE)],
  ['hash.md', 'Methods of hashes', Object.keys(HASH_TABLE)],
  ['loop.md', 'Methods of loops', filled(loopMethods)],
  ['number.md', 'Methods of numbers', Object.keys(NUMBER_TABLE)],
  ['regex.md', 'Methods of regexes', Object.keys(REGEX_TABLE)],
  ['regex.md', 'Matches', Object.keys(MATCH_TABLE)],
  ['string.md', 'Methods of strings', Object.keys(STRING_TABLE)],
  ['system.md', '`%stdout`', Object.keys(STDOUT_TABLE)],
  ['system.md', '`%stderr`', Object.keys(STDERR_TABLE)],
  ['system.md', '`%stdin`', Object.keys(STDIN_TABLE)],
  ['system.md', '`%process`', Object.keys(PROCESS_TABLE)],
  ['system.md', '`%call`', Object.keys(CALL_TABLE)],
  ['system.md', '`%chain`', [...chainObject.cls.methods.keys()]],
  ['utils.md', 'Methods of `%utils`', Object.keys(UTILS_TABLE)],
  ['utils.md', '`.json`', Object.keys(JSON_TABLE)],
  ['utils.md', '`.rand`', Object.keys(RAND_TABLE)],
  ['utils.md', '`.base64`', Object.keys(BASE64_TABLE)],
  ['utils.md', '`.hex`', Object.keys(HEX_TABLE)],
  ['utils.md', '`.url`', Object.keys(URL_TABLE)],
];

/** `.slice(start, length?)` → `slice`. */
function nameOf(code: string): string {
  return /^\.(\[\]=?|[a-z_0-9]+[?=]?)/.exec(code)?.[1] ?? code;
}

describe.each(SECTIONS)('%s: %s', (page, heading, names) => {
  const rows = tableIn(sectionOf(read(page), heading));

  it('has a row for each method and a method for each row', () => {
    expect(rows.map(([first = '']) => nameOf(codeIn(first)[0] ?? '')).sort()).toEqual([...names].sort());
  });

  it.each(rows.map(([first = '', , example = '']) => [first, example] as const))('%s %s', (first, example) => {
    const [source = '', result = ''] = codeIn(example);
    expect(source).toContain(nameOf(codeIn(first)[0] ?? '').replace(/\[\]=?/, '['));
    const program = `$result = do\n${source}\nend\nputs $result.inspect\n`;
    const ran = runGolden(program, 'example.casp', readExpectation(''));
    expect({ ...ran, stderr: '' }).toEqual({ stdout: `${result}\n`, stderr: '', exit: 0 });
  });
});

const examples = pages.flatMap((page) =>
  blocksOf(read(page))
    .filter(({ language }) => language === 'caspian')
    .map(({ text, line }) => [page, line, text] as const),
);

it.each(examples)('%s line %i prints what it says', (page, _line, text) => {
  const expectation = readExpectation(text);
  expect(compareGolden(runGolden(text, page, expectation), expectation)).toBeNull();
});

it.each(pages)('%s has sections that are checked, and links to what is there', (page) => {
  expect(SECTIONS.some(([name]) => name === page)).toBe(true);
  for (const [, file = ''] of read(page).matchAll(/\]\(([^)#:]+\.md)(?:#[^)]*)?\)/g)) {
    expect(existsSync(new URL(file, folder)), file).toBe(true);
  }
});
