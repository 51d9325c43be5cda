import { expect, test } from 'vitest';
import { formText } from './form.ts';

test('each character is written as URLSearchParams writes it', () => {
  for (let code = 0; code < 0x1_0000; code += 64) {
    const text = String.fromCharCode(...Array.from({ length: 64 }, (_, at) => code + at));
    const value = `${text}😀\ud800x`;
    const expected = new URLSearchParams();
    for (const item of [value, '1', 'true']) expected.append(text, item);
    expected.append('empty', '');
    expect(formText({ [text]: [value, 1, true], empty: '', none: null })).toBe(expected.toString());
  }
  expect(formText({})).toBe('');
});
