/** Attack: ride a connection that was opened without verification, with other authorities or with another's certificate. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('keeps connections with other TLS options apart', async () => {
  await using server = await startHttp((response) => response.end('x'), 'good');
  await using net = testNet();
  const read = async (client: { get(url: string): Promise<{ bytes(): Promise<Uint8Array> }> }) =>
    (await client.get(server.origin())).bytes();
  await read(net.http.client.new({ verify: false }));
  expect((await failureOf(read(net.http.client.new()))).name).toBe('TlsError');
  expect((await failureOf(read(net.http.client.new({ caPem: pemOf('other-ca') })))).name).toBe('TlsError');
  const before = server.connections.accepted;
  await read(net.http.client.new({ caPem: pemOf('ca') }));
  expect(server.connections.accepted).toBe(before + 1);
  await read(net.http.client.new({ caPem: pemOf('ca') }));
  expect(server.connections.accepted).toBe(before + 1);
  const pem = pemOf('client');
  const shown = { caPem: pemOf('ca'), clientCertPem: pem, clientKeyPem: pem, credentialsFor: [server.origin()] };
  await read(net.http.client.new(shown));
  expect(server.connections.accepted).toBe(before + 2);
  await read(net.http.client.new({ caPem: pemOf('ca') }));
  await read(net.http.client.new({ ...shown, verify: true }));
  expect(server.connections.accepted).toBe(before + 2);
});
