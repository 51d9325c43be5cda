/** Attack: data carried out in queries for names that are not granted, of every type and in every spelling. */
import { expect, it } from 'vitest';
import { RECORD_TYPES } from '../../src/net/dial/records.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { startDns } from '../helpers/dns-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const NAMES = [
  'secret.attacker.test',
  'secret.api.test',
  '_secret.api.test',
  '_a._secret.api.test',
  '_a._tcp._b._tcp.api.test',
  'api.test.attacker.test',
  '7.113.0.203.in-addr.arpa',
];

it('makes no query at all', async () => {
  await using dns = await startDns(() => []);
  await using net = openNet(Grants.parse({ allowNet: ['api.test', '192.0.2.0/24'] }), { dnsServers: [dns.server] });
  for (const name of NAMES) {
    for (const type of [null, ...RECORD_TYPES]) {
      expect((await failureOf(net.resolve(name, type))).name).toBe('HostNotAllowedError');
    }
  }
  expect((await failureOf(net.reverseResolve('203.0.113.7'))).name).toBe('HostNotAllowedError');
  expect((await failureOf(net.resolve('203.0.113.7', 'ptr'))).name).toBe('HostNotAllowedError');
  expect(dns.asked).toEqual([]);
});
