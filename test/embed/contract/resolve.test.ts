/** The contract of look-ups, over every face, against a name server of the test's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants, type GrantsInput } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type DnsServer, startDns, zone } from '../../helpers/dns-server.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';

const records = zone({
  'api.test': [
    { type: 'A', name: 'api.test', data: '192.0.2.7' },
    { type: 'AAAA', name: 'api.test', data: '2001:db8::7' },
    { type: 'MX', name: 'api.test', data: { exchange: 'backup.test', preference: 20 } },
    { type: 'MX', name: 'api.test', data: { exchange: 'mail.test', preference: 10 } },
    { type: 'TXT', name: 'api.test', data: ['one ', 'text'] },
    { type: 'NS', name: 'api.test', data: 'ns.test' },
    { type: 'CAA', name: 'api.test', data: { flags: 0, tag: 'issue', value: 'ca.test' } },
  ],
  '_imap._tcp.api.test': [
    { type: 'SRV', name: '_imap._tcp.api.test', data: { target: 'mail.test', port: 143, priority: 1, weight: 5 } },
  ],
  'alias.test': [{ type: 'CNAME', name: 'alias.test', data: 'api.test' }],
  '7.2.0.192.in-addr.arpa': [{ type: 'PTR', name: '7.2.0.192.in-addr.arpa', data: 'api.test' }],
});

let dns: DnsServer;

beforeAll(async () => {
  dns = await startDns((question) =>
    question.name === 'broken.test' ? 'SERVFAIL' : question.name === 'silent.test' ? 'silence' : records(question),
  );
});

afterAll(() => dns[Symbol.asyncDispose]());

const NAMES = ['api.test', 'alias.test', 'none.test', 'broken.test', 'silent.test', '192.0.2.0/24'];

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  const run = async (source: string, grants: GrantsInput = { allowNet: NAMES }): Promise<unknown> => {
    await using net = openNet(Grants.parse(grants), { dnsServers: [dns.server] });
    return await face(net, source, null);
  };

  it('gives records of every type', async () => {
    const source = `
      const seen = { all: await net.resolve('api.test'), address: await net.resolve('192.0.2.7') };
      for (const type of ['a', 'aaaa', 'mx', 'txt', 'ns', 'caa']) seen[type] = await net.resolve('api.test', type);
      seen.srv = await net.resolve('_imap._tcp.api.test', 'srv');
      seen.cname = await net.resolve('alias.test', 'cname');
      seen.alias = await net.resolve('alias.test', 'a', { timeout: 10 });
      return seen;
    `;
    expect(await run(source)).toEqual({
      all: expect.toSatisfy((all: string[]) => all.toSorted().join() === '192.0.2.7,2001:db8::7'),
      address: ['192.0.2.7'],
      a: ['192.0.2.7'],
      aaaa: ['2001:db8::7'],
      mx: [
        { exchange: 'mail.test', priority: 10 },
        { exchange: 'backup.test', priority: 20 },
      ],
      txt: ['one text'],
      ns: ['ns.test'],
      caa: [{ critical: 0, tag: 'issue', value: 'ca.test' }],
      srv: [{ name: 'mail.test', port: 143, priority: 1, weight: 5 }],
      cname: ['api.test'],
      alias: ['192.0.2.7'],
    });
  });

  it('gives the name of an address, or null', async () => {
    const source = `return [await net.reverseResolve('192.0.2.7'), await net.reverseResolve('192.0.2.8')];`;
    expect(await run(source)).toEqual(['api.test', null]);
  });

  it('says how a look-up failed', async () => {
    const source = `
      const seen = [];
      for (const [host, type] of [['none.test', null], ['api.test', 'srv'], ['broken.test', 'mx']]) {
        const error = await errorOf(() => net.resolve(host, type));
        seen.push([error.code, error.reason, error.retryable, error.host]);
      }
      const late = await errorOf(() => net.resolve('silent.test', 'mx', { timeout: 0.05 }));
      return [...seen, [late.code, late.phase]];
    `;
    expect(await run(source)).toEqual([
      ['NET_DNS', 'not_found', false, 'none.test'],
      ['NET_DNS', 'not_found', false, 'api.test'],
      ['NET_DNS', 'temporary', true, 'broken.test'],
      ['NET_TIMEOUT', 'dns'],
    ]);
  });

  it('looks up nothing that is not granted', async () => {
    const source = `
      const small = await net.narrow(['*'], { methods: ['GET'] });
      const seen = [];
      for (const use of [
        () => net.resolve('secret.attacker.test'), () => net.resolve('x.api.test', 'txt'), () => net.resolve('_x.api.test', 'txt'),
        () => net.reverseResolve('198.51.100.1'), () => small.resolve('api.test'), () => small.reverseResolve('192.0.2.7'),
      ]) seen.push(await codeOf(use));
      return seen;
    `;
    const before = dns.asked.length;
    const refused = Array.from({ length: 6 }, () => 'NET_HOST_NOT_ALLOWED');
    expect(await run(source)).toEqual(refused);
    expect(dns.asked.slice(before)).toEqual([]);
  });

  it('is switched off as a whole, and opened for all names', async () => {
    const source = `return [await codeOf(() => net.resolve('api.test')), await codeOf(() => net.resolve('api.test', 'mx')),
      await codeOf(() => net.reverseResolve('192.0.2.7'))];`;
    const off = 'NET_HOST_NOT_ALLOWED';
    expect(await run(source, { allowNet: NAMES, noDns: true })).toEqual([off, off, off]);
    expect(await run(source, { allowNet: ['other.test'], allowDns: true })).toEqual(['fine', 'fine', 'fine']);
  });

  it('refuses wrong arguments', async () => {
    const source = `
      const seen = [];
      for (const use of [
        () => net.resolve('api.test', 'axfr'), () => net.resolve('no name'), () => net.resolve('192.0.2.7', 'mx'),
        () => net.resolve('api.test', 'a', { timeout: -1 }), () => net.reverseResolve('api.test'), () => net.resolve(7),
      ]) seen.push(await codeOf(use));
      return [...new Set(seen)];
    `;
    expect(await run(source)).toEqual(['ARGUMENT']);
  });
});
