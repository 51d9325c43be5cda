/** A name that is allowed and is an alias: of a name that is inside, of a literal, of itself, of a chain that ends badly. */
import { expect, test } from 'vitest';
import { type Answer, startDns, zone } from '../helpers/dns-server.ts';
import { testEgress, watchDials } from '../helpers/egress.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';

const a = (data: string): Answer => ({ type: 'A', name: 'x', ttl: 60, data });
const aaaa = (data: string): Answer => ({ type: 'AAAA', name: 'x', ttl: 60, data });
const alias = (data: string): Answer => ({ type: 'CNAME', name: 'x', ttl: 60, data });

/** Each is what `api.test` leads to. */
const ZONES: readonly (readonly [string, Readonly<Record<string, readonly Answer[]>>])[] = [
  ['an inside name', { 'api.test': [alias('db.internal')], 'db.internal': [a('10.0.0.1')] }],
  ['the metadata service', { 'api.test': [alias('metadata.internal')], 'metadata.internal': [a('169.254.169.254')] }],
  ['loopback', { 'api.test': [alias('here.test')], 'here.test': [a('127.0.0.1'), aaaa('::1')] }],
  ['localhost', { 'api.test': [alias('localhost')], localhost: [a('127.0.0.1')] }],
  [
    'a chain of aliases',
    {
      'api.test': [alias('one.test')],
      'one.test': [alias('two.test')],
      'two.test': [alias('three.test')],
      'three.test': [a('192.168.0.1')],
    },
  ],
  [
    'a good address and a bad one',
    { 'api.test': [alias('mixed.test')], 'mixed.test': [a('93.184.215.14'), a('10.0.0.1')] },
  ],
  [
    'a good IPv4 address and a bad IPv6 one',
    { 'api.test': [alias('mixed.test')], 'mixed.test': [a('93.184.215.14'), aaaa('fd00::1')] },
  ],
  ['an address that embeds one', { 'api.test': [alias('six.test')], 'six.test': [aaaa('64:ff9b::a00:1')] }],
  ['a mapped one', { 'api.test': [alias('six.test')], 'six.test': [aaaa('::ffff:127.0.0.1')] }],
];

test.each(ZONES)('%s', async (_what, records) => {
  await using inside = await startTcp();
  await using dns = await startDns(zone(records));
  await using made = await testEgress({ resolve: undefined, dnsServers: [dns.server] });
  await made.egress.allow('api.test:*', { httpsOnly: false });
  const net = made.egress.net({ app: 'a' });
  using dials = watchDials();
  for (const asked of [
    net.fetch(`http://api.test:${inside.port}/`),
    net.webSocket(`ws://api.test:${inside.port}/`),
    net.eventSource(`http://api.test:${inside.port}/`),
  ]) {
    expect(await failureOf(asked)).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  }
  expect(dials.count).toBe(0);
  expect(inside.accepted).toBe(0);
});

const NOWHERE: readonly (readonly [string, Readonly<Record<string, readonly Answer[]>>])[] = [
  ['what does not exist', { 'api.test': [alias('nowhere.test')] }],
  ['an address as a name', { 'api.test': [alias('127.0.0.1')] }],
  ['a number as a name', { 'api.test': [alias('2130706433')] }],
];

test.each(NOWHERE)('%s', async (_what, records) => {
  await using dns = await startDns(zone(records));
  await using made = await testEgress({ resolve: undefined, dnsServers: [dns.server] });
  await made.egress.allow('api.test:*', { httpsOnly: false });
  using dials = watchDials();
  const refused = await failureOf(made.egress.net({ app: 'a' }).fetch('http://api.test:1/'));
  expect(refused.code).toMatch(/NET_DNS|NET_ADDRESS_NOT_ALLOWED/);
  expect(dials.count).toBe(0);
});
