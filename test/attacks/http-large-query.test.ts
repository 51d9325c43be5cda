/**
 * Attack: a script hands over a query of tens of megabytes, to anywhere, granted or not: writing it would hold everybody's
 * loop for seconds. A body that is such a form it has to write itself (http-large-json.test.ts).
 */
import { expect, test } from 'vitest';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const MIB = 1_048_576;

test('a query that makes a URL too long is refused, and not written before', async () => {
  await using net = testNet({}, { allowNet: ['granted.test'] });
  const fetch = (a: string) => failureOf(net.fetch('http://denied.test/', { query: { a } }));
  const tooLong = { message: 'the URL is longer than 65536 characters' };
  expect(await fetch('a'.repeat(65_000))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(await fetch('€'.repeat(20_000))).toMatchObject(tooLong);
  // Longer than a text may become.
  expect(await fetch('\0'.repeat(200 * MIB))).toMatchObject(tooLong);
});
