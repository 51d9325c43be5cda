/** `resolve` and `reverseResolve` against a name server on the loopback interface. */
import { describe, expect, it } from 'vitest';
import { type Said, startDns, zone } from '../../../test/helpers/dns-server.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { asText, failureOf, startTcp, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { parseIp } from '../address/ip.ts';
import { Grants, type GrantsInput } from '../grants/grants.ts';
import { type Net, openNet } from '../net.ts';
import type { OpenNetOptions } from '../net-options.ts';
import { arpaName, RECORD_TYPES } from './records.ts';
import { readServer } from './servers.ts';

const ZONE = zone({
  'api.test': [
    { type: 'A', name: 'api.test', data: '192.0.2.1' },
    { type: 'A', name: 'api.test', data: '192.0.2.2' },
    { type: 'AAAA', name: 'api.test', data: '2001:db8::1' },
    { type: 'MX', name: 'api.test', data: { preference: 20, exchange: 'second.test' } },
    { type: 'MX', name: 'api.test', data: { preference: 10, exchange: 'first.test' } },
    { type: 'NS', name: 'api.test', data: 'ns.test' },
    { type: 'TXT', name: 'api.test', data: ['v=spf1 ', '-all'] },
    { type: 'CAA', name: 'api.test', data: { flags: 128, tag: 'issue', value: 'ca.test', issuerCritical: true } },
  ],
  'four.test': [{ type: 'A', name: 'four.test', data: '192.0.2.4' }],
  'alias.test': [{ type: 'CNAME', name: 'alias.test', data: 'middle.test' }],
  'middle.test': [{ type: 'CNAME', name: 'middle.test', data: 'four.test' }],
  '_sip._tcp.api.test': [
    { type: 'SRV', name: '_sip._tcp.api.test', data: { priority: 2, weight: 5, port: 5060, target: 'b.test' } },
    { type: 'SRV', name: '_sip._tcp.api.test', data: { priority: 1, weight: 5, port: 5061, target: 'a.test' } },
  ],
  '1.2.0.192.in-addr.arpa': [{ type: 'PTR', name: '1.2.0.192.in-addr.arpa', data: 'api.test' }],
  '3.2.0.192.in-addr.arpa': [],
});

function netOf(server: string, grants: GrantsInput = { allowNet: true }, options: OpenNetOptions = {}): Net {
  return openNet(Grants.parse(grants), { dnsServers: [server], ...options });
}

describe('resolve', () => {
  it('gives the addresses of both families, those of one, and the records of each type', async () => {
    await using dns = await startDns(ZONE);
    await using net = netOf(dns.server);
    expect(await net.resolve('api.test')).toEqual(['2001:db8::1', '192.0.2.1', '192.0.2.2']);
    expect(await net.resolve('api.test', 'a')).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await net.resolve('api.test', 'aaaa')).toEqual(['2001:db8::1']);
    expect(await net.resolve('api.test', 'mx')).toEqual([
      { exchange: 'first.test', priority: 10 },
      { exchange: 'second.test', priority: 20 },
    ]);
    expect(await net.resolve('api.test', 'ns')).toEqual(['ns.test']);
    expect(await net.resolve('api.test', 'txt')).toEqual(['v=spf1 -all']);
    expect(await net.resolve('api.test', 'caa')).toEqual([{ critical: 128, tag: 'issue', value: 'ca.test' }]);
    expect(await net.resolve('_sip._tcp.api.test', 'srv')).toEqual([
      { name: 'a.test', port: 5061, priority: 1, weight: 5 },
      { name: 'b.test', port: 5060, priority: 2, weight: 5 },
    ]);
    expect(await net.resolve('192.0.2.1', 'ptr')).toEqual(['api.test']);
    expect(await net.resolve('1.2.0.192.in-addr.arpa', 'ptr')).toEqual(['api.test']);
  });

  it('follows a chain of aliases, and gives the first one for cname', async () => {
    await using dns = await startDns(ZONE);
    await using net = netOf(dns.server);
    expect(await net.resolve('alias.test')).toEqual(['192.0.2.4']);
    expect(await net.resolve('alias.test', 'cname')).toEqual(['middle.test']);
  });

  it('is not held up by aliases that lead round in a circle, or on and on', async () => {
    const circle = zone({
      'one.test': [{ type: 'CNAME', name: 'one.test', data: 'two.test' }],
    });
    const long = Array.from(
      { length: 60 },
      (_, n) => ({ type: 'CNAME', name: `n${n}.test`, data: `n${n + 1}.test` }) as const,
    );
    await using dns = await startDns((question) => {
      if (question.name === 'n0.test') return [...long, { type: 'A', name: 'n60.test', data: '192.0.2.60' }];
      if (question.name === 'round.test') {
        return [
          { type: 'CNAME', name: 'round.test', data: 'back.test' },
          { type: 'CNAME', name: 'back.test', data: 'round.test' },
        ];
      }
      return circle(question);
    });
    await using net = netOf(dns.server);
    expect((await failureOf(net.resolve('round.test'))).reason).toBe('not_found');
    expect((await failureOf(net.resolve('one.test', 'a'))).reason).toBe('not_found');
    expect(await net.resolve('round.test', 'cname')).toContain('back.test');
    expect(await net.resolve('n0.test', 'a')).toEqual(['192.0.2.60']);
  });

  it('asks again over TCP for what is too long for a datagram', async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `record ${n}`);
    const cut = texts.map((data) => ({ type: 'TXT', name: 'api.test', data }) as const);
    await using dns = await startDns(() => ({ cut }));
    await using net = netOf(dns.server);
    expect([...(await net.resolve('api.test', 'txt'))].sort()).toEqual([...texts].sort());
    expect(dns.asked).toEqual(['TXT api.test', 'TXT api.test']);
  });

  it('asks nobody for this machine', async () => {
    await using dns = await startDns(() => [{ type: 'A', name: 'localhost', data: '192.0.2.1' }]);
    await using net = netOf(dns.server);
    await using server = await startTcp();
    for (const name of ['localhost', 'LocalHost.', 'app.localhost']) {
      expect(await net.resolve(name)).toEqual(['127.0.0.1', '::1']);
      expect(await net.resolve(name, 'aaaa')).toEqual(['::1']);
    }
    const [socket] = await Promise.all([net.tcp('localhost', server.port), server.accept()]);
    await socket.close();
    expect(dns.asked).toEqual([]);
    expect(await net.resolve('localhost.test')).toEqual(['192.0.2.1']);
  });

  it('answers for an address without asking', async () => {
    await using dns = await startDns(ZONE);
    await using net = netOf(dns.server);
    expect(await net.resolve('0x7f.1')).toEqual(['127.0.0.1']);
    expect(await net.resolve('::1', 'aaaa')).toEqual(['::1']);
    expect((await failureOf(net.resolve('::1', 'a'))).reason).toBe('not_found');
    expect((await failureOf(net.resolve('::1', 'mx'))).name).toBe('ArgumentError');
    expect(dns.asked).toEqual([]);
  });

  it.each<[what: string, said: Said, reason: string, retryable: boolean]>([
    ['NXDOMAIN', 'NXDOMAIN', 'not_found', false],
    ['no such record', [], 'not_found', false],
    ['SERVFAIL', 'SERVFAIL', 'temporary', true],
    ['REFUSED', 'REFUSED', 'temporary', true],
  ])('%s is a DnsFailureError', async (_what, said, reason, retryable) => {
    await using dns = await startDns(() => said);
    await using net = netOf(dns.server);
    for (const type of [undefined, 'a', 'mx'] as const) {
      const failure = await failureOf(net.resolve('api.test', type));
      expect(failure).toMatchObject({ name: 'DnsFailureError', reason, retryable, host: 'api.test', port: null });
      expect(failure.operation).toBe('resolve');
    }
  });

  it('takes the family that answers where the other fails', async () => {
    await using dns = await startDns((question) => (question.type === 'AAAA' ? 'SERVFAIL' : ZONE(question)));
    await using net = netOf(dns.server);
    expect(await net.resolve('four.test')).toEqual(['192.0.2.4']);
    expect((await failureOf(net.resolve('nowhere.test'))).reason).toBe('temporary');
  });

  it('is given up in time, by a signal, and when the capability is revoked', async () => {
    const clock = new ManualClock();
    await using dns = await startDns(() => 'silence');
    await using net = netOf(dns.server, { allowNet: true }, { clock });
    const small = net.narrow(['*']);
    const stop = new AbortController();
    const pending = [
      failureOf(net.resolve('one.test', 'mx', { timeout: 2 })),
      failureOf(net.resolve('two.test', null, { timeout: 2 })),
      net.resolve('three.test', 'txt', { signal: stop.signal }).catch((error: Error) => error.message),
      failureOf(small.reverseResolve('192.0.2.1')),
    ] as const;
    await until(() => dns.asked.length >= 5);
    stop.abort(new Error('enough'));
    net.revoke(small);
    clock.advance(2000);
    const [mx, addresses, third, reverse] = await Promise.all(pending);
    expect(mx).toMatchObject({ name: 'TimeoutError', phase: 'dns', message: expect.stringContaining('one.test') });
    expect(addresses).toMatchObject({ name: 'TimeoutError', phase: 'dns' });
    expect([third, reverse.name]).toEqual(['enough', 'RevokedError']);
    expect(process.getActiveResourcesInfo().filter((kind) => /QUERYWRAP/i.test(kind))).toEqual([]);
  });

  it("goes by the host program's resolver for addresses, and by name servers for the rest", async () => {
    await using dns = await startDns(ZONE);
    await using net = netOf(
      dns.server,
      { allowNet: true },
      { resolve: () => ['192.0.2.9', '192.0.2.9', 'no address'] },
    );
    expect(await net.resolve('api.test')).toEqual(['192.0.2.9']);
    expect(await net.resolve('api.test', 'ns')).toEqual(['ns.test']);
    expect(dns.asked).toEqual(['NS api.test']);
  });

  it('refuses what is no type, no host or no option', async () => {
    await using net = testNet();
    for (const wrong of ['A', 'any', 'soa', 5, '__proto__']) {
      expect((await failureOf(net.resolve('api.test', wrong as never))).message).toContain(RECORD_TYPES.join(', '));
    }
    expect((await failureOf(net.resolve('a b'))).name).toBe('ArgumentError');
    expect((await failureOf(net.resolve('api.test', null, { timout: 1 } as never))).hint).toBe('did you mean timeout?');
  });

  it('connects by the same name servers', async () => {
    await using server = await startTcp();
    await using dns = await startDns(zone({ 'api.test': [{ type: 'A', name: 'api.test', data: '127.0.0.1' }] }));
    await using net = netOf(dns.server);
    const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
    peer.end('found');
    expect(asText(await socket.recvAll())).toBe('found');
    expect([...dns.asked].sort()).toEqual(['A api.test', 'AAAA api.test']);
  });
});

describe('what may be looked up', () => {
  it('is what the grant covers, anything with allowDns, nothing with noDns', async () => {
    await using dns = await startDns(ZONE);
    const asks = async (grants: GrantsInput): Promise<string[]> => {
      await using net = netOf(dns.server, grants);
      const names = [net.resolve('api.test', 'ns'), net.resolve('_sip._tcp.api.test', 'srv'), net.resolve('four.test')];
      const asked = await Promise.allSettled([...names, net.reverseResolve('192.0.2.1')]);
      return asked.map(({ status }) => (status === 'fulfilled' ? 'yes' : 'no'));
    };
    expect(await asks({ allowNet: ['api.test:443'] })).toEqual(['yes', 'yes', 'no', 'no']);
    expect(await asks({ allowNet: ['192.0.2.0/24'] })).toEqual(['no', 'no', 'no', 'yes']);
    expect(await asks({ allowNet: ['x.test'], allowDns: true })).toEqual(['yes', 'yes', 'yes', 'yes']);
    expect(await asks({ allowNet: true, allowDns: true, noDns: true })).toEqual(['no', 'no', 'no', 'no']);
    expect(await asks({ allowNet: true, denyNet: ['four.test'] })).toEqual(['yes', 'yes', 'no', 'yes']);
    expect(await asks({ allowNet: true, raw: false })).toEqual(['no', 'no', 'no', 'no']);
  });
});

describe('reverseResolve', () => {
  it('gives the name of an address, or null', async () => {
    await using dns = await startDns(ZONE);
    await using net = netOf(dns.server);
    expect(await net.reverseResolve('192.0.2.1')).toBe('api.test');
    expect(await net.reverseResolve('192.0.2.3')).toBeNull();
    expect(await net.reverseResolve('2001:db8::1')).toBeNull();
    expect(dns.asked.at(-1)).toBe(`PTR 1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
    expect((await failureOf(net.reverseResolve('api.test'))).name).toBe('ArgumentError');
  });

  it('fails where the server does', async () => {
    await using dns = await startDns(() => 'SERVFAIL');
    await using net = netOf(dns.server);
    expect(await failureOf(net.reverseResolve('192.0.2.1'))).toMatchObject({
      name: 'DnsFailureError',
      reason: 'temporary',
      operation: 'reverse_resolve',
    });
  });
});

describe('readServer', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1:5353', '127.0.0.1:5353'],
    ['::1', '[::1]'],
    ['[::1]:53', '[::1]:53'],
    ['[::1]', '[::1]'],
  ])('%s', (text, read) => {
    expect(readServer(text)).toBe(read);
  });

  it.each(['', 'localhost', '127.1', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65536', '[127.0.0.1]:53', '[::1', 'x:53'])(
    'refuses %j',
    (text) => {
      expect(readServer(text)).toBeNull();
      expect(() => openNet(Grants.parse({}), { dnsServers: [text] })).toThrow('dnsServers must be a list');
    },
  );
});

describe('arpaName', () => {
  it('turns an address round', () => {
    const name = (text: string) => arpaName(parseIp(text) ?? expect.unreachable());
    expect(name('192.0.2.1')).toBe('1.2.0.192.in-addr.arpa');
    expect(name('2001:db8::567:89ab')).toBe('b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa');
  });
});
