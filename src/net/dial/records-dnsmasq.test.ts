/** `resolve` and `reverseResolve` against a name server that is none of ours: dnsmasq. */
import { describe, expect, it } from 'vitest';
import { hasDnsmasq, startDnsmasq } from '../../../test/helpers/dnsmasq.ts';
import { asText, failureOf, startTcp, until } from '../../../test/helpers/tcp-server.ts';
import { Grants, type GrantsInput } from '../grants/grants.ts';
import { openNet } from '../net.ts';

const LONG = Array.from({ length: 40 }, (_, n) => `txt-record=long.test,${'x'.repeat(60)}${n}`);

const RECORDS = [
  'local=/test/',
  'host-record=api.test,192.0.2.1,2001:db8::1',
  'host-record=home.test,127.0.0.1',
  'cname=alias.test,middle.test',
  'cname=middle.test,api.test',
  'mx-host=api.test,second.test,20',
  'mx-host=api.test,first.test,10',
  'txt-record=api.test,v=spf1 -all',
  'srv-host=_sip._tcp.api.test,b.test,5060,2,5',
  'srv-host=_sip._tcp.api.test,a.test,5061,1,5',
  'caa-record=api.test,128,issue,ca.test',
  'ptr-record=_http._tcp.api.test,service.test',
  ...LONG,
];

const netOf = (server: string, grants: GrantsInput = { allowNet: true }) =>
  openNet(Grants.parse(grants), { dnsServers: [server] });

// Skipped where dnsmasq is not installed; where CI is true it has to be.
describe.runIf(hasDnsmasq)('with dnsmasq', () => {
  it('gives records of each type that it can hold', async () => {
    await using dns = await startDnsmasq(RECORDS);
    await using net = netOf(dns.server);
    expect(await net.resolve('api.test')).toEqual(['2001:db8::1', '192.0.2.1']);
    expect(await net.resolve('api.test', 'mx')).toEqual([
      { exchange: 'first.test', priority: 10 },
      { exchange: 'second.test', priority: 20 },
    ]);
    expect(await net.resolve('api.test', 'txt')).toEqual(['v=spf1 -all']);
    expect(await net.resolve('api.test', 'caa')).toEqual([{ critical: 128, tag: 'issue', value: 'ca.test' }]);
    expect(await net.resolve('_sip._tcp.api.test', 'srv')).toEqual([
      { name: 'a.test', port: 5061, priority: 1, weight: 5 },
      { name: 'b.test', port: 5060, priority: 2, weight: 5 },
    ]);
    expect(await net.resolve('_http._tcp.api.test', 'ptr')).toEqual(['service.test']);
    expect(await net.resolve('192.0.2.1', 'ptr')).toEqual(['api.test']);
    expect(await net.reverseResolve('2001:db8::1')).toBe('api.test');
    expect(await net.reverseResolve('127.0.0.1')).toBe('home.test');
  });

  it('follows aliases, and asks over TCP for what is cut', async () => {
    await using dns = await startDnsmasq(RECORDS);
    await using net = netOf(dns.server);
    expect(await net.resolve('alias.test', 'a')).toEqual(['192.0.2.1']);
    expect(await net.resolve('alias.test', 'cname')).toEqual(['middle.test']);
    expect(await net.resolve('long.test', 'txt')).toHaveLength(LONG.length);
  });

  it('tells a name that is not from one that can not be asked for at present', async () => {
    await using dns = await startDnsmasq(RECORDS);
    await using net = netOf(dns.server);
    for (const type of [null, 'a', 'mx', 'txt'] as const) {
      expect(await failureOf(net.resolve('nowhere.test', type))).toMatchObject({
        name: 'DnsFailureError',
        reason: 'not_found',
        retryable: false,
      });
      // It knows nobody to ask, and refuses.
      expect(await failureOf(net.resolve('elsewhere.example', type))).toMatchObject({
        name: 'DnsFailureError',
        reason: 'temporary',
        retryable: true,
      });
    }
  });

  it('is not asked for what the grant does not cover', async () => {
    await using dns = await startDnsmasq(RECORDS);
    await using net = netOf(dns.server, { allowNet: ['api.test:443', 'home.test'] });
    expect((await failureOf(net.resolve('alias.test'))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.reverseResolve('192.0.2.1'))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.tcp('middle.test', 443))).name).toBe('HostNotAllowedError');
    await net.resolve('_sip._tcp.api.test', 'srv');
    await until(() => dns.asked.length > 0);
    expect(dns.asked).toEqual(['_sip._tcp.api.test']);
    await using open = netOf(dns.server, { allowNet: ['api.test'], allowDns: true });
    expect(await open.resolve('alias.test', 'cname')).toEqual(['middle.test']);
    await using closed = netOf(dns.server, { allowNet: true, noDns: true });
    expect((await failureOf(closed.resolve('api.test'))).name).toBe('HostNotAllowedError');
  });

  it('leads a connection to where it says', async () => {
    await using server = await startTcp();
    await using dns = await startDnsmasq(RECORDS);
    await using net = netOf(dns.server, { allowNet: ['home.test'] });
    const [socket, peer] = await Promise.all([net.tcp('home.test', server.port), server.accept()]);
    peer.end('found');
    expect(asText(await socket.recvAll())).toBe('found');
  });
});
