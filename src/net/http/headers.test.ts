/** Headers: what is fit for a line, what becomes of it, and which layer wins. */
import { describe, expect, it } from 'vitest';
import { flattenHeaders, header, readHeadersOption, sortHeaders, withoutBodyHeaders } from './headers.ts';

function read(raw: unknown) {
  const outcome = readHeadersOption(raw);
  return 'value' in outcome ? { ...outcome.value } : outcome.refused;
}

describe('the headers option', () => {
  it.each([
    [{}, {}],
    [{ A: 'b' }, { A: 'b' }],
    [{ A: '' }, { A: '' }],
    [{ A: 'a\tb' }, { A: 'a\tb' }],
    [{ A: '\x80\xff' }, { A: '\x80\xff' }],
    [{ A: 5 }, { A: '5' }],
    [{ A: null }, { A: null }],
    [{ A: ['b', 'c'] }, { A: ['b', 'c'] }],
    [{ A: [] }, { A: [] }],
  ])('takes %j', (raw, value) => {
    expect(read(raw)).toEqual(value);
  });

  it.each([
    null,
    'A: b',
    [['A', 'b']],
    { '': 'b' },
    { 'A ': 'b' },
    { 'A:': 'b' },
    { Ä: 'b' },
    { A: undefined },
    { A: true },
    { A: Number.NaN },
    { A: {} },
    { A: ['b', 1] },
    { A: [['b']] },
    { A: 'x'.repeat(65_537) },
    { ['x'.repeat(257)]: 'b' },
  ])('refuses %j', (raw) => {
    expect(typeof read(raw)).toBe('string');
  });

  it('is a copy, without a prototype to reach into', () => {
    const mine = { A: ['b'] };
    const outcome = readHeadersOption(mine);
    mine.A.push('c');
    expect('value' in outcome && { ...outcome.value }).toEqual({ A: ['b'] });
    const odd = readHeadersOption(JSON.parse('{"__proto__": "x", "constructor": "y"}'));
    expect('value' in odd && Object.entries(odd.value)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('sorting', () => {
  it('sets apart credentials and what is not sent', () => {
    const option = {
      'X-A': '1',
      AUTHORIZATION: 'a',
      Cookie: 'c',
      hOsT: 'h',
      'Proxy-X': 'p',
      TE: 't',
      'x-http-method': 'PUT',
    };
    const free = sortHeaders(option, { limitsMethods: false, underPolicy: false });
    expect(free.plain.map(({ lower }) => lower)).toEqual(['x-a', 'x-http-method']);
    expect(free.credentials.map(({ lower }) => lower)).toEqual(['authorization', 'cookie']);
    expect(free.dropped).toEqual(['host', 'proxy-x', 'te']);
    const narrow = sortHeaders(option, { limitsMethods: true, underPolicy: false });
    expect(narrow.dropped).toEqual(['host', 'proxy-x', 'te', 'x-http-method']);
  });

  it('refuses two spellings of one name', () => {
    expect(() => sortHeaders({ 'x-a': '1', 'X-A': '2' }, { limitsMethods: false, underPolicy: false })).toThrow(
      'there twice',
    );
  });
});

describe('layers', () => {
  const sorted = (option: Record<string, string | string[] | null>) =>
    sortHeaders(option, { limitsMethods: false, underPolicy: false }).plain;

  it('come out with the last one on top, in the place of the first', () => {
    const flat = flattenHeaders([sorted({ A: '1', B: '2', C: '3' }), sorted({ b: 'x', C: null, D: [' y ', 'z'] })]);
    expect(flat).toEqual(['A', '1', 'b', 'x', 'D', 'y', 'D', 'z']);
  });

  it('lose what speaks of a body with the body', () => {
    const left = withoutBodyHeaders([header('Content-Type', 'a'), header('X-A', 'b'), header('CONTENT-ENCODING', 'c')]);
    expect(left.map(({ name }) => name)).toEqual(['X-A']);
  });
});
