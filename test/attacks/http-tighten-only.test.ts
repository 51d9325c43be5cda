/** Attack: code that was handed a client loosens it with the options of a request. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

it('can not turn verification off', async () => {
  await using server = await startHttp((response) => response.end(), 'self-signed');
  await using net = testNet();
  const client = net.http.client.new();
  expect((await failureOf(client.get(server.origin(), { verify: false }))).name).toBe('ArgumentError');
  const lax = net.http.client.new({ verify: false });
  expect((await lax.get(server.origin())).status).toBe(200);
  expect((await failureOf(lax.get(server.origin(), { verify: true }))).name).toBe('TlsError');
});

it('can not raise the cap on a body', async () => {
  await using server = await startHttp((response) => response.end('x'.repeat(100)));
  await using net = testNet();
  const client = net.http.client.new({ maxBody: 50 });
  for (const maxBody of [undefined, null, 1000]) {
    const response = await client.get(server.origin(), maxBody === undefined ? {} : { maxBody });
    expect((await failureOf(response.bytes())).name).toBe('TooLargeError');
  }
  const tighter = await net.http.client.new({ maxBody: 500 }).get(server.origin(), { maxBody: 10 });
  expect((await failureOf(tighter.bytes())).name).toBe('TooLargeError');
});

it('can not ask for more time', async () => {
  await using server = await startHttp(() => {});
  const clock = new ManualClock();
  await using net = testNet({ clock });
  const client = net.http.client.new({ timeout: 5 });
  for (const timeout of [null, 1000]) {
    const before = server.seen.length;
    const failed = failureOf(client.get(server.origin(), { timeout }));
    await until(() => server.seen.length > before);
    clock.advance(5_000);
    expect((await failed).phase).toBe('headers');
  }
});

it('can not name other authorities, another certificate, a base or a proxy', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const client = net.http.client.new();
  for (const name of [
    'caPem',
    'clientCertPem',
    'baseUrl',
    'credentialsFor',
    'proxy',
    'cookies',
    'socketPath',
    'dispatcher',
  ]) {
    const failure = await failureOf(Reflect.apply(client.get, client, [server.origin(), { [name]: 'x' }]));
    expect([name, failure.name]).toEqual([name, 'ArgumentError']);
  }
  expect(server.connections.accepted).toBe(0);
});
