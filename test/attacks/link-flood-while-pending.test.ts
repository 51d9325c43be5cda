/** Attack: more requests, and a flood of messages, while a call is pending: nothing may queue up in the kernel. */
import { expect, it } from 'vitest';
import { WireViolation } from '../../src/wire/violation.ts';
import { openRawLink } from '../helpers/raw-link.ts';

it('serves one call at a time and takes skipped ones for a violation', async () => {
  const gate = Promise.withResolvers<null>();
  let calls = 0;
  const link = openRawLink(() => {
    calls += 1;
    return gate.promise;
  });
  link.send({ operation: 1 });
  await link.until(() => calls === 1);
  for (let flood = 0; flood < 1_000; flood++) link.send({ operation: 1 });
  await link.until(() => true);
  expect(calls).toBe(1);
  gate.resolve(null);
  expect(await link.ended()).toBeInstanceOf(WireViolation);
  expect(calls).toBe(1);
});
