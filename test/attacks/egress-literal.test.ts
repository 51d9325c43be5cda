/** An address as the target, however it is spelled: the egress goes to names alone, whatever an entry or a mode says. */
import { expect, test } from 'vitest';
import { testEgress } from '../helpers/egress.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f000001',
  '2130706433',
  '127.0.0.1.',
  '①②⑦.0.0.1',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '169.254.169.254',
  '0251.0376.0251.0376',
  '[fd00:ec2::254]',
  '0',
  '0.0.0.0',
  '203.0.113.9',
  'user@127.0.0.1',
  'api.test@127.0.0.1',
];

test.each(SPELLINGS)('https://%s/ is refused before anything is looked up', async (host) => {
  await using made = await testEgress();
  const { egress, lookUps } = made;
  await egress.allow('*:*', { httpsOnly: false, allowAddresses: ['0.0.0.0/0', '::/0'] });
  for (const mode of ['allowlist', 'denylist', 'open', 'report']) {
    await egress.set('mode', mode);
    for (const scheme of ['https', 'http']) {
      const refused = await failureOf(egress.net({ app: 'a' }).fetch(`${scheme}://${host}/`));
      expect(['NET_HOST_NOT_ALLOWED', 'ARGUMENT']).toContain(refused.code);
    }
    const refused = await failureOf(egress.net({ app: 'a' }).webSocket(`wss://${host}/`));
    expect(['NET_HOST_NOT_ALLOWED', 'ARGUMENT']).toContain(refused.code);
  }
  expect(lookUps).toEqual([]);
});

test.each([
  'file:///etc/passwd',
  'ftp://api.test/',
  'gopher://api.test/',
  'data:text/plain,x',
  'javascript:1',
  'unix:/x',
])('%s is no request', async (url) => {
  await using made = await testEgress();
  await made.egress.set('mode', 'open');
  expect(await failureOf(made.egress.net({ app: 'a' }).fetch(url))).toMatchObject({ code: 'ARGUMENT' });
  expect(made.lookUps).toEqual([]);
});
