/**
 * Attack: a script hands over a form of tens of megabytes, to anywhere, granted or not: writing it by URLSearchParams would
 * hold everybody's loop for seconds.
 */
import { expect, test, vi } from 'vitest';
import { formBytes } from '../../src/net/http/form.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const MIB = 1_048_576;

test('each character is written as URLSearchParams writes it', () => {
  for (let code = 0; code < 0x1_0000; code += 64) {
    const text = String.fromCharCode(...Array.from({ length: 64 }, (_, at) => code + at));
    const value = `${text}😀\ud800x`;
    const form = { [text]: [value, 1, true], empty: '', none: null };
    const expected = new URLSearchParams();
    for (const item of [value, '1', 'true']) expected.append(text, item);
    expected.append('empty', '');
    expect(Buffer.from(formBytes(form)).toString()).toBe(expected.toString());
  }
  expect(formBytes({})).toHaveLength(0);
});

test('a form is not written by it', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const slow = vi.spyOn(globalThis, 'URLSearchParams');
  await (await net.fetch(server.origin(), { method: 'POST', bodyForm: { a: 'b c' }, query: { d: 'é' } })).close();
  expect(slow).not.toHaveBeenCalled();
  slow.mockRestore();
  expect(server.seen).toMatchObject([{ url: '/?d=%C3%A9', body: 'a=b+c' }]);
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
