/** Attack: be in the middle of a TLS handshake while the capability is revoked. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('gives up the handshake and closes the connection', async () => {
  await using server = await startTcp();
  await using net = testNet({ ca: pemOf('ca') });
  const small = net.narrow(['api.test']);
  const dialling = failureOf(small.tls('api.test', server.port));
  const raw = await server.accept();
  await new Promise((resolve) => raw.once('readable', resolve));
  net.revoke(small);
  expect((await dialling).name).toBe('RevokedError');
  raw.resume();
  await until(() => raw.destroyed || raw.readableEnded);
  raw.destroy();
  await until(() => openSockets() === 0);
});
