/** Attack: a granted name that leads to a denied address and to nothing else. */
import { expect, it } from 'vitest';
import { isErrorType } from '../../src/errors/table.ts';
import { failureOf, openSockets, startTcp, testNet } from '../helpers/tcp-server.ts';

it.each([
  [['127.0.0.1'], ['loopback']],
  [['127.0.0.1'], ['127.0.0.0/8']],
  [['::1'], ['private']],
  [['::ffff:127.0.0.1'], ['loopback']],
  [['64:ff9b::7f00:1'], ['loopback']],
  [['2002:7f00:1::'], ['loopback']],
  [['0.0.0.0'], ['loopback']],
  [['169.254.169.254', '10.0.0.1'], ['private']],
])('refuses a name whose addresses are %j under %j, before any packet', async (addresses, denyNet) => {
  await using server = await startTcp('::');
  await using net = testNet({ resolve: () => addresses }, { allowNet: ['api.test'], denyNet });
  const failure = await failureOf(net.tcp('api.test', server.port));
  expect(failure).toMatchObject({ name: 'AddressNotAllowedError', host: 'api.test', port: server.port });
  expect(isErrorType(failure.type, 'puck.uno/error/network/host_not_allowed')).toBe(true);
  expect([server.accepted, openSockets()]).toEqual([0, 0]);
});
