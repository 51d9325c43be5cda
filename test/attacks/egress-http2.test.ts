/**
 * One certificate for several hosts, and a server that offers itself for others: a request to one host must not ride on
 * the connection to another, of another app, or to where the policy has changed.
 */
import type { ServerHttp2Session } from 'node:http2';
import { expect, test } from 'vitest';
import { allowServer, LOOPBACK, testEgress, watchDials } from '../helpers/egress.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, startTcp } from '../helpers/tcp-server.ts';

const REFUSED = { code: 'NET_ADDRESS_NOT_ALLOWED' };

test('a name on the same certificate and the same address has a connection of its own, or none', async () => {
  await using server = await startHttp2((_request, response) => response.end('x'));
  let inside: readonly string[] = LOOPBACK;
  await using made = await testEgress({ resolve: async (name) => (name === 'api.test' ? LOOPBACK : inside) });
  const { egress } = made;
  await allowServer(egress, server);
  const net = egress.net({ app: 'a' });
  const ask = async (host: string) => (await net.fetch(server.origin(host))).text();
  await ask('api.test');
  using dials = watchDials();
  // Not allowed; allowed, with an address that is opened for the other name alone; allowed, and leading elsewhere.
  expect(await failureOf(ask('localhost'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  await egress.allow(`localhost:${server.port}`);
  expect(await failureOf(ask('localhost'))).toMatchObject(REFUSED);
  await allowServer(egress, server, { host: 'localhost' });
  inside = ['127.0.0.2'];
  expect(await failureOf(ask('localhost'))).toMatchObject(REFUSED);
  expect(dials.count).toBe(0);
  expect(server.connections).toBe(1);
  inside = LOOPBACK;
  await ask('localhost');
  expect([dials.count, server.connections]).toEqual([1, 2]);
  expect(server.seen.map((line) => line.split(' ')[2])).toEqual([
    `api.test:${server.port}`,
    `localhost:${server.port}`,
  ]);
});

test('a server that says it is the origin of others, or to be found elsewhere, is asked for none of them', async () => {
  await using elsewhere = await startTcp();
  const offer = (session: ServerHttp2Session | undefined): void => {
    session?.origin('https://localhost', `https://localhost:${server.port}`);
    session?.altsvc(`h2="api.test:${elsewhere.port}"; ma=3600`, `https://api.test:${server.port}`);
  };
  await using server = await startHttp2((request, response) => {
    offer(request.stream.session as ServerHttp2Session);
    response.setHeader('alt-svc', `h2="localhost:${elsewhere.port}"; ma=3600, h3=":${elsewhere.port}"; ma=3600`);
    response.end('x');
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await allowServer(egress, server, { host: 'localhost' });
  const net = egress.net({ app: 'a' });
  using dials = watchDials();
  for (const host of ['api.test', 'localhost', 'api.test', 'localhost', 'api.test']) {
    await (await net.fetch(server.origin(host))).text();
  }
  expect([server.connections, dials.count, elsewhere.accepted]).toEqual([2, 2, 0]);
});

test('a server may push nothing', async () => {
  const allowed: boolean[] = [];
  await using server = await startHttp2((request, response) => {
    allowed.push(request.stream.pushAllowed);
    response.end('x');
  });
  await using made = await testEgress();
  await allowServer(made.egress, server);
  await (await made.egress.net({ app: 'a' }).fetch(server.origin())).text();
  expect(allowed).toEqual([false]);
});

test('a shared connection is used no more once its host is denied, or its address closed', async () => {
  await using server = await startHttp2((_request, response) => response.end('x'));
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  const net = egress.net({ app: 'a' });
  const ask = async () => (await net.fetch(server.origin())).text();
  await ask();
  await egress.allow(`api.test:${server.port}`);
  expect(await failureOf(ask())).toMatchObject(REFUSED);
  await allowServer(egress, server);
  await ask();
  await egress.deny('api.test');
  expect(await failureOf(ask())).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(server.seen).toHaveLength(2);
});
