/** Attack: a name server answers every question with another address, so that what was checked is not what is dialled. */
import { expect, it } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { startDns } from '../helpers/dns-server.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';

it('never reaches a denied address, whatever the server says next', async () => {
  await using server = await startTcp('127.0.0.1');
  let turn = 0;
  await using dns = await startDns(({ name, type }) => {
    if (type !== 'A') return [];
    turn += 1;
    return [{ type: 'A', name, ttl: 0, data: turn % 2 === 0 ? '127.0.0.1' : '127.0.0.2' }];
  });
  await using net = openNet(Grants.parse({ allowNet: true, denyNet: ['127.0.0.1'] }), { dnsServers: [dns.server] });
  const failures = new Set<string>();
  for (let attempt = 0; attempt < 10; attempt++) {
    await net.resolve('api.test');
    failures.add((await failureOf(net.tcp('api.test', server.port))).name);
    failures.add((await failureOf(net.tcp('api.test', server.port))).name);
  }
  expect([...failures].sort()).toEqual(['AddressNotAllowedError', 'ConnectionRefusedError']);
  expect(server.accepted).toBe(0);
});
