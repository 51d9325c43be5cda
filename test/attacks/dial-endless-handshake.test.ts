/** Attack: a server that keeps a handshake going for ever, a byte at a time. */
import { expect, it } from 'vitest';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it.each([
  ['timeout', { timeout: 10 }],
  ['connectTimeout', { timeout: null, connectTimeout: 10 }],
])('ends at the %s, whatever the server drips', async (_, options) => {
  const clock = new ManualClock();
  await using server = await startTcp();
  await using net = testNet({ clock });
  const dialling = failureOf(net.tls('api.test', server.port, options));
  const peer = await server.accept();
  await new Promise((resolve) => peer.once('readable', resolve));
  // A record of the longest length, which never ends.
  peer.write(Buffer.from('16030340ff', 'hex'));
  for (let second = 0; second < 10; second++) {
    await new Promise((resolve) => peer.write('\0', resolve));
    clock.advance(1000);
  }
  expect(await dialling).toMatchObject({ name: 'TimeoutError', phase: 'tls', operation: 'connect', retryable: true });
  expect(clock.timers).toBe(0);
  peer.destroy();
  await until(() => openSockets() === 0);
});
