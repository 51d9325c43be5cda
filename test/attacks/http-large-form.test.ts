/**
 * Attack: a script hands over a form of tens of megabytes, to anywhere, granted or not: writing it holds everybody's loop
 * for seconds.
 */
import { expect, test } from 'vitest';
import { encodeForm, formBytes } from '../../src/net/http/url.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const MIB = 1_048_576;

function took(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

test.each(['\0', '€', ' '])('a large form is written in a part of the time of URLSearchParams: %j', (character) => {
  const text = character.repeat(8 * MIB);
  const before = took(() => encodeForm({ text }));
  expect(took(() => formBytes({ text }))).toBeLessThan(before / 2);
});

test('each character is written as URLSearchParams writes it', () => {
  for (let code = 0; code < 0x1_0000; code += 64) {
    const text = String.fromCharCode(...Array.from({ length: 64 }, (_, at) => code + at));
    const form = { [text]: [`${text}😀\ud800x`, 1, true], empty: '', none: null };
    expect(Buffer.from(formBytes(form)).toString()).toBe(encodeForm(form));
  }
  expect(formBytes({})).toHaveLength(0);
});

test('a query that makes a URL too long is refused, and not written before', async () => {
  await using net = testNet({}, { allowNet: ['granted.test'] });
  const fetch = (a: string) => failureOf(net.fetch('http://denied.test/', { query: { a } }));
  const tooLong = { message: 'the URL is longer than 65536 characters' };
  expect(await fetch('a'.repeat(65_000))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(await fetch('€'.repeat(20_000))).toMatchObject(tooLong);
  // Longer than a text may become.
  expect(await fetch('\0'.repeat(200 * MIB))).toMatchObject(tooLong);
});
