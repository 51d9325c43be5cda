/** An address as the target, however it is spelled: the egress goes to names alone, whatever an entry or a mode says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Net } from '../../src/net/net.ts';
import { type TestEgress, testEgress, watchDials } from '../helpers/egress.ts';
import { failureOf, startTcp, type TestServer } from '../helpers/tcp-server.ts';

const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0177.0.0.1',
  '0177.1',
  '00000177.0.0.1',
  '0x7f.0.0.1',
  '0x7f.1',
  '0X7F.0x0.0x0.0x1',
  '0x7f000001',
  '017700000001',
  '2130706433',
  '127.0.0.1.',
  '127.000.000.001',
  '①②⑦.0.0.1',
  '１２７.０.０.１',
  '127。0。0。1',
  '127．0．0．1',
  '127｡0｡0｡1',
  '0ｘ7f.1',
  '𝟙𝟚𝟟.𝟘.𝟘.𝟙',
  '127.0.0.1\u00ad',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::127.0.0.1]',
  '[2002:7f00:1::]',
  '[2001:0:0:0:0:0:80ff:fffe]',
  '[fe80::5efe:127.0.0.1]',
  '[fe80::1%25lo]',
  '[fe80::1%lo]',
  '[::1%25lo]',
  '169.254.169.254',
  '0251.0376.0251.0376',
  '0xa9fea9fe',
  '2852039166',
  '[fd00:ec2::254]',
  '[::ffff:a9fe:a9fe]',
  '0',
  '0.0.0.0',
  '[::]',
  '255.255.255.255',
  '224.0.0.1',
  '203.0.113.9',
  '93.184.215.14',
  '[2606:2800:21f:cb07::1]',
  'user@127.0.0.1',
  'user:password@127.0.0.1',
  'api.test@127.0.0.1',
  'api.test:80@127.0.0.1',
  'api.test%40127.0.0.1',
  '127.0.0.1#@api.test',
  '127.0.0.1\\@api.test',
  '127.0.0.1\t',
  '[127.0.0.1]',
  '::1',
  '127.0.0.1%00.api.test',
  '127.0.0.1%2f.api.test',
];

const WAYS: Readonly<Record<string, (net: Net, url: string) => Promise<unknown>>> = {
  fetch: (net, url) => net.fetch(url),
  post: (net, url) => net.fetch(url, { method: 'POST', body: 'x', retry: 3 }),
  client: (net, url) => net.http.client.new().get(url),
  base: async (net, url) => net.http.client.new({ baseUrl: url }).get('/'),
  narrowed: (net, url) => net.narrow(['*']).fetch(url),
  webSocket: (net, url) => net.webSocket(url.replace('http', 'ws')),
  events: (net, url) => net.eventSource(url),
};

let made: TestEgress;
let inside: TestServer;
beforeAll(async () => {
  [made, inside] = await Promise.all([testEgress(), startTcp()]);
  await made.egress.allow('*:*', { httpsOnly: false, allowAddresses: ['0.0.0.0/0', '::/0'] });
  await made.egress.set('calls_per_run', 1_000);
});
afterAll(async () => {
  await made[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
});

test.each(SPELLINGS)('%j is refused before anything is looked up or dialled', async (host) => {
  using dials = watchDials();
  // What stands before a # or a \ is the host for some parsers, and what stands after it for others.
  const isWhole = !/[#\\]/.test(host);
  for (const mode of ['allowlist', 'denylist', 'open', 'report']) {
    await made.egress.set('mode', mode);
    const net = made.egress.net({ app: 'a' });
    for (const [name, way] of Object.entries(WAYS)) {
      for (const scheme of ['https', 'http']) {
        const url = `${scheme}://${host}${isWhole ? `:${inside.port}` : ''}/`;
        const refused = await failureOf(way(net, url));
        expect([name, url, refused.code]).toEqual([
          name,
          url,
          expect.stringMatching(/^(?:NET_HOST_NOT_ALLOWED|ARGUMENT|NET_DNS)$/),
        ]);
      }
    }
  }
  expect(made.lookUps).toEqual([]);
  expect(dials.count).toBe(0);
  expect(inside.accepted).toBe(0);
});

test.each([
  'file:///etc/passwd',
  'ftp://api.test/',
  'gopher://api.test/',
  'dict://api.test:11211/stat',
  'ldap://api.test/',
  'data:text/plain,x',
  'blob:https://api.test/x',
  'javascript:1',
  'unix:/x',
  'http+unix://%2ftmp%2fx/',
  'about:blank',
  '//api.test/',
  'https:',
  'https://',
  'ws://api.test/',
])('%s is no request', async (url) => {
  await made.egress.set('mode', 'open');
  expect(await failureOf(made.egress.net({ app: 'a' }).fetch(url))).toMatchObject({ code: 'ARGUMENT' });
  expect(made.lookUps).toEqual([]);
});
