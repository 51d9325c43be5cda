/** A name that leads to an address that is not public, in every form that embeds one, alone or beside a good one. */
import { expect, test } from 'vitest';
import { testEgress, watchDials } from '../helpers/egress.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';

const ADDRESSES = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:0:10.0.0.1',
  '::10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::10.0.0.1',
  '2002:0a00:0001::',
  '2001:0:0:0:0:0:f5ff:fffe',
  '2001:4860:4860::5efe:10.0.0.1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%lo',
  'ff02::1',
  '2001:db8::1',
  '3fff::1',
  '4000::1',
];

test.each(ADDRESSES)('%s is not dialled', async (address) => {
  await using server = await startTcp();
  using dials = watchDials();
  let answers = [address];
  await using made = await testEgress({ resolve: async () => answers });
  const { egress } = made;
  await egress.allow('*:*', { httpsOnly: false });
  for (const mode of ['allowlist', 'denylist', 'open', 'report']) {
    await egress.set('mode', mode);
    for (const list of [[address], ['93.184.215.14', address], [address, '2606:2800:21f:cb07::1']]) {
      answers = list;
      const net = egress.net({ app: 'a' });
      for (const asked of [
        net.fetch(`http://api.test:${server.port}/`),
        net.webSocket(`ws://api.test:${server.port}/`),
        net.eventSource(`http://api.test:${server.port}/`),
        net.fetch(`https://api.test:${server.port}/`, { retry: 3, verify: false }),
        net.http.client.new({ http2: true }).get(`https://api.test:${server.port}/`),
      ]) {
        expect(await failureOf(asked)).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
      }
    }
  }
  expect(dials.count).toBe(0);
  expect(server.accepted).toBe(0);
});

test('the names that this machine has for itself lead there, and are refused', async () => {
  await using server = await startTcp();
  using dials = watchDials();
  await using made = await testEgress({ resolve: undefined });
  await made.egress.allow('*:*', { httpsOnly: false });
  const net = made.egress.net({ app: 'a' });
  for (const host of ['localhost', 'LOCALHOST', 'localhost.']) {
    expect(await failureOf(net.fetch(`http://${host}:${server.port}/`))).toMatchObject({
      code: 'NET_ADDRESS_NOT_ALLOWED',
    });
  }
  expect([dials.count, server.accepted]).toEqual([0, 0]);
});
