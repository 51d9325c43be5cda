/** Attack: an address written as such, in any spelling, so that no look-up is made that could be checked. */
import { expect, it } from 'vitest';
import { isErrorType } from '../../src/errors/table.ts';
import { failureOf, startTcp, testNet } from '../helpers/tcp-server.ts';

it.each([
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '0177.0.0.1',
  '2130706433',
  '①②⑦.0.0.1',
  '::1',
  '[::1]',
  '::ffff:127.0.0.1',
  '[::ffff:7f00:1]',
  '64:ff9b::127.0.0.1',
  '0.0.0.0',
  '::',
])('refuses %s where loopback is denied', async (host) => {
  await using server = await startTcp('::');
  await using net = testNet({}, { allowNet: true, denyNet: ['loopback'] });
  const failure = await failureOf(net.tcp(host, server.port));
  expect(isErrorType(failure.type, 'puck.uno/error/network/host_not_allowed')).toBe(true);
  expect(server.accepted).toBe(0);
});

it('asks no resolver about an address', async () => {
  await using server = await startTcp();
  const asked: string[] = [];
  const resolve = (host: string) => {
    asked.push(host);
    return ['127.0.0.2'];
  };
  await using net = testNet({ resolve });
  const [, peer] = await Promise.all([net.tcp('0x7f.1', server.port), server.accept()]);
  expect(peer.localAddress).toBe('127.0.0.1');
  expect(asked).toEqual([]);
});
