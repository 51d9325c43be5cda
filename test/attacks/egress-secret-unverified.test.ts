/** A script that says itself who counts as a host (no verification, authorities of its own) gets no secret sent there. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

test('by a request, a client, a WebSocket or an event stream, and no connection is made', async () => {
  await using server = await startHttp((response) => response.end('x'), 'self-signed');
  await using sockets = await startSockets(echo, { tls: 'self-signed' });
  await using made = await testEgress();
  const { egress, lookUps } = made;
  await allowServer(egress, server, { httpsOnly: true });
  await allowServer(egress, sockets, { httpsOnly: true });
  const hosts = [`api.test:${server.port}`, `api.test:${sockets.port}`];
  await egress.secrets.set('KEY', 'sk_live_1', { hosts });
  const net = egress.net({ app: 'a' });
  const url = server.origin();
  // What a script may say: the server's own certificate.
  const [caPem = ''] = /-----BEGIN CERT[\s\S]*END CERTIFICATE-----/.exec(pemOf('self-signed')) ?? [];
  const auth = 'KEY';
  for (const asked of [
    () => net.fetch(url, { auth, verify: false }),
    () => net.http.client.new({ verify: false }).get(url, { auth }),
    () => net.http.client.new({ caPem }).get(url, { auth }),
    () => net.http.client.new({ verify: false, auth, baseUrl: url }).get('/'),
    () => net.webSocket(`wss://api.test:${sockets.port}/`, { auth, verify: false }),
    () => net.webSocket(`wss://api.test:${sockets.port}/`, { auth, caPem }),
    () => net.eventSource(url, { auth, verify: false }),
    () => net.eventSource(url, { auth, caPem }),
  ]) {
    expect(await failureOf(asked())).toMatchObject({ code: 'NET_AUTH' });
  }
  expect(lookUps).toEqual([]);
  // Without a secret it is the script's own affair; with the operator's authorities the host is not who it says.
  expect((await net.fetch(url, { verify: false })).status).toBe(200);
  expect(await failureOf(net.fetch(url, { auth }))).toMatchObject({ code: 'NET_TLS' });
  expect(server.seen).toHaveLength(1);
  expect(server.seen[0]?.headers['authorization']).toBeUndefined();
});
