import { describe, expect, test } from 'vitest';
import { Bytes, type Value } from '../runtime/values.ts';
import { generateJson, parseJson } from './json.ts';

describe('parse', () => {
  test.each<[string, Value]>([
    ['null', null],
    [' true ', true],
    ['-0.5e2', -50],
    ['"a\\u00e9\\n\\/\\"\\ud83d\\ude00"', 'aé\n/"😀'],
    ['[]', []],
    ['[1, [2]]', [1, [2]]],
    ['{}', new Map()],
    [
      '{"b": 1, "10": 2, "a": 3, "9": 4}',
      new Map([
        ['b', 1],
        ['10', 2],
        ['a', 3],
        ['9', 4],
      ]),
    ],
    ['{"a": 1, "a": 2}', new Map([['a', 2]])],
  ])('%s', (text, expected) => {
    expect(parseJson(text)).toEqual(expected);
  });

  test('keys keep their order', () => {
    const hash = parseJson('{"b": 1, "10": 2, "a": 3, "9": 4}') as Map<string, Value>;
    expect([...hash.keys()]).toEqual(['b', '10', 'a', '9']);
  });

  test.each([
    '',
    ' ',
    'nul',
    'tru',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    'NaN',
    'Infinity',
    "'a'",
    '"a',
    '"\\x"',
    '"\\u12"',
    '"\n"',
    '[1,]',
    '[1 2]',
    '[',
    ']',
    '{"a"}',
    '{"a":}',
    '{a: 1}',
    '{"a": 1,}',
    '1 2',
    '\u00a01',
    '[1]]',
    '-',
    '// x\n1',
  ])('%j is refused', (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ type: 'puck.uno/error/json' }));
  });

  test('agrees with the JSON of JavaScript on what JSON is', () => {
    const samples = [
      '0',
      '-0',
      '1e400',
      '"\\u0000"',
      '[[],{}]',
      '{"":""}',
      '123456789012345678901234567890',
      '"\u2028"',
      '1E+2',
    ];
    for (const text of samples)
      expect(JSON.stringify(parseJson(text)), text).toBe(JSON.stringify(normal(JSON.parse(text))));
  });

  test('says where', () => {
    expect(() => parseJson('{\n  "a": ?\n}')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('(line 2, column 8)') }),
    );
  });
});

function normal(value: unknown): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? new Map(Object.entries(value)) : value;
}

describe('generate', () => {
  test('compact and pretty', () => {
    const value: Value = new Map<string, Value>([
      ['a', [1, null, []]],
      ['b c', new Map()],
    ]);
    expect(generateJson(value)).toBe('{"a":[1,null,[]],"b c":{}}');
    expect(generateJson(value, { pretty: true })).toBe('{\n  "a": [\n    1,\n    null,\n    []\n  ],\n  "b c": {}\n}');
  });

  test('text is escaped, bytes are their text', () => {
    expect(generateJson(['"\n\u0001é', new Bytes(new TextEncoder().encode('é'))])).toBe('["\\"\\n\\u0001é","é"]');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s has none', (value) => {
    expect(() => generateJson(value)).toThrow(expect.objectContaining({ type: 'puck.uno/error/json' }));
  });
});
