/** Where JSON stops being JSON: the position is checked against JSON.parse itself, on texts made by chance. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFault, parseJson } from './json.ts';

describe('the fault in a text', () => {
  it.each([
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['{"a"', 4],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['[1', 2],
    ['[}', 1],
    ['{]', 1],
    ['1 2', 2],
    ['01', 1],
    ['-', 1],
    ['1.', 2],
    ['1.e5', 2],
    ['1e', 2],
    ['1e+', 3],
    ['+1', 0],
    ['.5', 0],
    ['tru', 0],
    ['nulll', 4],
    ['"a', 2],
    ['"\\x"', 2],
    ['"\\u12g4"', 5],
    ['"a\nb"', 2],
    ["'a'", 0],
    ['NaN', 0],
    ['\u00a01', 0],
    ['[1]]', 3],
    ['// c\n1', 0],
  ])('%j is at %i', (text, at) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findFault(text)).toBe(at);
  });

  it('is there if and only if JSON.parse finds one, and what stands before it is no whole text', () => {
    const mangled = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '0', 'x', ' ', '\u0001', ':'), fc.nat(2))
      .map(([text, place, put, cut]) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + put + text.slice(at + cut);
      });
    fc.assert(
      fc.property(mangled, (text) => {
        const fault = findFault(text);
        let sound = true;
        try {
          JSON.parse(text);
        } catch {
          sound = false;
        }
        if (sound) expect(fault).toBe(text.length);
        else expect(fault).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is found in long and deep texts', () => {
    expect(findFault(`"${'x'.repeat(5_000_000)}`)).toBe(5_000_001);
    expect(findFault('['.repeat(1_000_000))).toBe(1_000_000);
    expect(findFault(`${'9'.repeat(1_000_000)}x`)).toBe(1_000_000);
    expect(findFault(`${' '.repeat(1_000_000)}x`)).toBe(1_000_000);
  });

  it('shows in the message, without the text', () => {
    expect(() => parseJson('{"password": secret}')).toThrow(/^the text is no JSON: it can not be read at position 14 /);
    expect(() => parseJson('[1,\n2')).toThrow('it ends too early at position 6 (line 2, column 2)');
    expect(() => parseJson('{"password": secret}')).not.toThrow(/secret/);
  });
});
