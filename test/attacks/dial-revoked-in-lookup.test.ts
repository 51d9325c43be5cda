/** Attack: keep a look-up under way across a revocation, so that its answer is dialled afterwards. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, startTcp, testNet } from '../helpers/tcp-server.ts';

it('drops the answer of a look-up that ends after the revocation', async () => {
  await using server = await startTcp();
  const answer = Promise.withResolvers<readonly string[]>();
  await using net = testNet({ resolve: () => answer.promise });
  const small = net.narrow(['api.test']);
  const dialling = failureOf(small.tcp('api.test', server.port));
  net.revoke(small);
  expect((await dialling).name).toBe('RevokedError');
  answer.resolve(['127.0.0.1']);
  await answer.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect([server.accepted, openSockets()]).toEqual([0, 0]);
});
