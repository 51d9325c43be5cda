/** A certificate that is good for two hosts has a request to one ride on the connection to the other. */
import { expect, it } from 'vitest';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('keeps origins apart, and capabilities that could not have dialled', async () => {
  await using server = await startHttp2((_request, response) => response.end('x'));
  await using net = testNet({ ca: pemOf('ca') });
  const ask = async (from: typeof net, host: string) => (await from.fetch(server.origin(host))).text();
  await ask(net, 'api.test');
  await ask(net, 'api.test');
  expect(server.connections).toBe(1);
  await ask(net, 'localhost');
  expect(server.connections).toBe(2);
  const denying = net.narrow(['*'], { deny: ['loopback'] });
  expect(await failureOf(ask(denying, 'api.test'))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  const elsewhere = net.narrow(['localhost']);
  expect(await failureOf(ask(elsewhere, 'api.test'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  const other = net.http.client.new({ caPem: pemOf('other-ca') });
  expect(await failureOf(other.get(server.origin()))).toMatchObject({ code: 'NET_TLS' });
  expect(server.seen).toHaveLength(3);
});
