/** Attack: be connecting while the capability is revoked. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('gives up the connection that is being made, and leaves no socket', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['api.test']);
  const dialling = failureOf(small.tcp('api.test', server.port));
  // A connection is made in a later turn of the event loop: within this one it can only have begun.
  for (let n = 0; n < 100 && openSockets() === 0; n++) await null;
  expect(openSockets()).toBe(1);
  net.revoke(small);
  expect((await dialling).name).toBe('RevokedError');
  await until(() => openSockets() === 0);
});
