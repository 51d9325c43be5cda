/** Attack: an address that is not denied but that the system turns into one that is: 0.0.0.0 reaches 127.0.0.1. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('vets the address at the other end, and closes what leads to a denied one', async () => {
  await using server = await startTcp();
  await using net = testNet({ resolve: () => ['0.0.0.0'] }, { allowNet: true, denyNet: ['127.0.0.1'] });
  const failures = [
    await failureOf(net.tcp('0.0.0.0', server.port)),
    await failureOf(net.tcp('api.test', server.port)),
  ];
  expect(failures.map(({ name }) => name)).toEqual(['AddressNotAllowedError', 'AddressNotAllowedError']);
  for (let n = 0; n < 2; n++) (await server.accept()).destroy();
  await until(() => openSockets() === 0);
});

it('connects where the other end is not denied', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const [socket] = await Promise.all([net.tcp('0.0.0.0', server.port), server.accept()]);
  expect(socket.connected).toBe(true);
});
