import { describe, expect, test } from 'vitest';
import { ArgumentError, GrantSyntaxError } from '../../errors/classes.ts';
import { Grants } from './grants.ts';
import { NARROW_TABLE, type NarrowOptions, readNarrowing } from './narrowing.ts';

function error(options: unknown): Error & { hint?: string | null } {
  try {
    readNarrowing(options);
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error('nothing was raised');
}

test('every option is taken in both spellings', () => {
  const camel = {
    listen: ['8080'],
    deny: ['private'],
    methods: ['get', 'HEAD', 'GET'],
    paths: ['/v1/*'],
    httpsOnly: true,
    maxRequests: 0,
    maxBytes: 5,
    expires: 0.5,
    rate: '60/minute',
    raw: false,
  } satisfies NarrowOptions;
  expect(Object.keys(camel)).toEqual(Object.keys(NARROW_TABLE));
  const snake = { ...camel, https_only: true, max_requests: 0, max_bytes: 5 } as Record<string, unknown>;
  for (const key of ['httpsOnly', 'maxRequests', 'maxBytes']) delete snake[key];
  const read = readNarrowing(camel);
  expect(readNarrowing(snake)).toEqual(read);
  expect(read).toMatchObject({ methods: ['GET', 'HEAD'], maxRequests: 0, maxBytes: 5, expires: 0.5, httpsOnly: true });
  expect(read.rate).toEqual({ count: 60, perMs: 60_000, text: '60/min' });
  expect(read.paths?.map(({ text }) => text)).toEqual(['/v1/*']);
  expect(read.deny?.map(({ text }) => text)).toEqual(['private']);
});

test('no options, and options that are undefined, bound nothing', () => {
  for (const options of [undefined, null, {}, { methods: undefined, max_bytes: undefined }]) {
    expect(readNarrowing(options)).toEqual({});
  }
});

test("the caller's object is never changed", () => {
  const options = Object.freeze({ max_bytes: 5, methods: Object.freeze(['get']) });
  readNarrowing(options);
  expect(options).toEqual({ max_bytes: 5, methods: ['get'] });
});

describe('refused', () => {
  test.each([
    [{ metods: ['GET'] }, /no option "metods"/, 'did you mean methods?'],
    [{ max_byte: 1 }, /no option "max_byte"/, 'did you mean maxBytes?'],
    [{ https: true }, /no option "https"/, null],
    [{ __proto__: null, constructor: 1 }, /no option "constructor"/, null],
    [JSON.parse('{"__proto__": 1}'), /no option "__proto__"/, null],
    [{ maxBytes: 1, max_bytes: 2 }, /maxBytes is given twice/, null],
    [{ methods: 'GET' }, /methods must be a list/, null],
    [{ methods: null }, /methods must be a list/, null],
    [{ methods: ['G T'] }, /"G T", which is no method/, null],
    [{ methods: [1] }, /no method/, null],
    [{ methods: ['connect'] }, /CONNECT, which is never sent/, null],
    [{ methods: ['TRACE'] }, /TRACE, which is never sent/, null],
    [{ paths: '/x' }, /paths must be a list/, null],
    [{ paths: ['x'] }, /"x", which does not begin with/, null],
    [{ paths: [null] }, /is no text/, null],
    [{ paths: ['/a/../b\u202e'] }, /"\/a\/\.\.\/b\\u\{202e\}", which holds a dot segment/, null],
    [{ httpsOnly: 1 }, /httpsOnly must be true or false/, null],
    [{ raw: 'false' }, /raw must be true or false/, null],
    [{ maxRequests: -1 }, /maxRequests must be a whole number/, null],
    [{ maxRequests: 1.5 }, /maxRequests must be a whole number/, null],
    [{ max_bytes: Number.POSITIVE_INFINITY }, /maxBytes must be a whole number/, null],
    [{ max_bytes: null }, /maxBytes must be a whole number/, null],
    [{ expires: -1 }, /expires must be/, null],
    [{ expires: Number.NaN }, /expires must be/, null],
    [{ expires: '5' }, /expires must be/, null],
    [{ rate: 60 }, /rate must be/, null],
    [{ rate: '60' }, /rate must be/, null],
    [{ rate: '0/min' }, /rate must be/, null],
    [{ rate: '60/fortnight' }, /rate must be/, null],
    [{ rate: '-1/s' }, /rate must be/, null],
    [{ rate: '9999999999/s' }, /rate must be/, null],
    [[], /must be an object/, null],
    ['GET', /must be an object/, null],
  ])('%j', (options, message, hint) => {
    const raised = error(options);
    expect(raised).toBeInstanceOf(ArgumentError);
    expect(raised.message).toMatch(message);
    if (hint !== null) expect(raised.hint).toBe(hint);
  });

  test.each([
    [{ deny: ['https://x'] }, /deny: "https:\/\/x" is a URL/],
    [{ deny: null }, /deny takes a list of rules/],
    [{ listen: '8080' }, /listen takes a list of rules/],
    [{ listen: ['127.0.0.1'] }, /listen: "127\.0\.0\.1" names no port/],
  ])('%j is no rule', (options, message) => {
    const raised = error(options);
    expect(raised).toBeInstanceOf(GrantSyntaxError);
    expect(raised.message).toMatch(message);
  });

  test.each([null, undefined, 'a', true, {}, [null], [1], [['a']], ['']])('the rules %j', (rules) => {
    expect(() => Grants.parse({ allowNet: true }).narrow(rules as readonly string[])).toThrow(GrantSyntaxError);
  });
});
