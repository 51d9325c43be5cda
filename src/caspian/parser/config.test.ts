import { expect, test } from 'vitest';
import { extractConfig, parse } from '../program.ts';

function config(...blocks: string[]) {
  const source = blocks.map((block) => `%engine.config <<EOF('json')\n${block}\nEOF\n`).join('puts 1\n');
  return extractConfig(parse(source, { file: 'x.casp' }));
}

test('a script without one needs nothing', () => {
  expect(extractConfig(parse('puts 1', { file: 'x.casp' }))).toEqual({ config: {}, warnings: [] });
});

test('several blocks merge, other keys are kept', () => {
  const merged = config('{"required": {"network": ["a.com"]}, "x": 1}', '{"required": {"listen": ["1"]}}');
  expect(merged).toEqual({ config: { required: { network: ['a.com'], listen: ['1'] }, x: 1 }, warnings: [] });
});

test('a repeated key is a warning; lists are joined', () => {
  const merged = config('{"required": {"network": ["a.com"]}, "v": 1}', '{"required": {"network": ["b.com"]}, "v": 2}');
  expect(merged.config).toEqual({ required: { network: ['a.com', 'b.com'] }, v: 2 });
  expect(merged.warnings).toEqual([
    expect.stringContaining("x.casp:5: %engine.config gives 'required.network' again"),
    expect.stringContaining("x.casp:5: %engine.config gives 'v' again"),
  ]);
});

test.each(['[1]', '{', '"x"', 'null', ''])('%s is no configuration', (text) => {
  expect(() => config(text)).toThrow(expect.objectContaining({ type: 'puck.uno/error/syntax', line: 1 }));
});

test('a text with values put in can not be read without running it', () => {
  expect(() => config('{"a": "#{1}"}')).toThrow(/without interpolation/);
});

test('__proto__ in it is a key like any other', () => {
  const { config: read } = config('{"__proto__": {"polluted": 1}}');
  expect(Object.keys(read)).toEqual(['__proto__']);
  expect({}).not.toHaveProperty('polluted');
});
