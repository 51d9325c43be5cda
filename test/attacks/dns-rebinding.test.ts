/** Attack: a name server answers every question with another address, so that what was checked is not what is dialled. */
import { expect, it } from 'vitest';
import type { Net } from '../../src/net/net.ts';
import { type Answer, startDns } from '../helpers/dns-server.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, startTcp, testNet } from '../helpers/tcp-server.ts';
import { udpPeer } from '../helpers/udp.ts';

/** 127.0.0.1 is denied, 127.0.0.2 is not, and nobody listens there. */
const DENIED = '127.0.0.1';
const HARMLESS = '127.0.0.2';

/** What a name's owner may answer, in turn: one, the other, both, and the denied one as other addresses that lead there. */
const TURNS: readonly (readonly string[])[] = [
  [HARMLESS],
  [DENIED],
  [DENIED, HARMLESS],
  [HARMLESS, DENIED],
  [DENIED, DENIED],
  [`::ffff:${DENIED}`],
  [HARMLESS],
  [`::ffff:0:${DENIED}`, HARMLESS],
];

/** A name server that says something else each time it is asked for the addresses of IPv4. */
function changing() {
  let turn = 0;
  return startDns(({ name, type }) => {
    const now = TURNS[turn % TURNS.length] ?? [];
    if (type === 'AAAA') turn += 1;
    const kind = type === 'AAAA' ? 'AAAA' : 'A';
    return now
      .filter((address) => address.includes(':') === (kind === 'AAAA'))
      .map((data): Answer => ({ type: kind, name, ttl: 0, data }));
  });
}

/** A net whose every name is a lie. The denied address is denied alone, or by what embeds it too. */
function lied(server: string): Net {
  return testNet({ resolve: undefined, dnsServers: [server] }, { allowNet: true, denyNet: [DENIED] });
}

const ROUNDS = 3 * TURNS.length;
/** The questions of one look-up may fall into two turns, so that there is no address at all. */
const REFUSALS = ['AddressNotAllowedError', 'ConnectionRefusedError', 'DnsFailureError'];

it('never reaches a denied address by TCP or TLS', async () => {
  await using server = await startTcp(DENIED);
  await using dns = await changing();
  await using net = lied(dns.server);
  const failures = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    await net.resolve('api.test').catch(() => {});
    failures.add((await failureOf(net.tcp('api.test', server.port))).name);
    failures.add((await failureOf(net.tls('api.test', server.port))).name);
    failures.add((await failureOf(net.tcp('api.test', server.port))).name);
  }
  expect([...failures].filter((name) => !REFUSALS.includes(name))).toEqual([]);
  expect(failures).toContain('AddressNotAllowedError');
  expect(server.accepted).toBe(0);
});

it('never reaches a denied address by HTTP, by a redirect, or over a connection that is kept', async () => {
  await using denied = await startHttp();
  await using dns = await changing();
  await using net = lied(dns.server);
  const failures = new Set<string>();
  const client = net.http.client.new({ maxRedirects: 3 });
  for (let round = 0; round < ROUNDS; round++) {
    const host = `n${round % 2}.test`;
    failures.add((await failureOf(net.fetch(denied.origin(host)))).name);
    failures.add((await failureOf(client.fetch(denied.origin(host)))).name);
    failures.add((await failureOf(net.fetch(denied.origin(host).replace('http:', 'https:')))).name);
  }
  expect([...failures].filter((name) => !REFUSALS.includes(name))).toEqual([]);
  expect(failures).toContain('AddressNotAllowedError');
  expect(denied.connections.accepted).toBe(0);
});

it('never reaches a denied address by datagrams', async () => {
  await using denied = await udpPeer();
  await using dns = await changing();
  await using net = lied(dns.server);
  await using socket = await net.udp();
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const send of [
      () => socket.sendTo('x', 'api.test', denied.port),
      async () => {
        await using one = await net.udp('api.test', denied.port);
        await one.send('x');
      },
    ]) {
      const name = await send().then(
        () => 'sent',
        (error: Error) => error.name,
      );
      expect(['sent', ...REFUSALS]).toContain(name);
      if (name === 'sent') sent += 1;
    }
  }
  expect(sent).toBeGreaterThan(0);
  // What would have gone there comes before what is sent now.
  await using after = await udpPeer();
  await after.send('the first', denied.port);
  await denied.firstSender();
  expect(denied.heard.map(({ text }) => text)).toEqual(['the first']);
});

it('never lends what a lax capability has opened to a strict one', async () => {
  await using server = await startHttp();
  await using dns = await startDns(({ name, type }) =>
    type === 'A' ? [{ type: 'A', name, ttl: 0, data: DENIED }] : [],
  );
  await using net = testNet({ resolve: undefined, dnsServers: [dns.server] });
  const strict = net.narrow(['*'], { deny: [DENIED] });
  for (let round = 0; round < 3; round++) {
    expect((await net.fetch(server.origin('api.test'))).status).toBe(200);
    expect((await failureOf(strict.fetch(server.origin('api.test')))).name).toBe('AddressNotAllowedError');
  }
  expect(server.seen).toHaveLength(3);
});
