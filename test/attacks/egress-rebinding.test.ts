/** A name whose answers change: between the check and the dialling, between two calls, and under a connection that is kept. */
import { expect, test } from 'vitest';
import { allowServer, LOOPBACK, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

test('each call looks a name up once, and dials what that answer said', async () => {
  await using server = await startHttp();
  let turn = 0;
  // Good for whoever asks first, and another address for whoever asks again.
  await using made = await testEgress({ resolve: async () => (turn++ % 2 === 0 ? LOOPBACK : ['127.0.0.2']) });
  await allowServer(made.egress, server);
  const net = made.egress.net({ app: 'a' });
  expect((await net.fetch(server.origin(), { headers: { connection: 'close' } })).status).toBe(200);
  expect(turn).toBe(1);
});

test('an answer that has become bad refuses, however good the ones before were', async () => {
  await using server = await startHttp((response) => response.writeHead(200, { connection: 'close' }).end());
  let answers: readonly string[] = LOOPBACK;
  await using made = await testEgress({ resolve: async () => answers });
  await allowServer(made.egress, server);
  const net = made.egress.net({ app: 'a' });
  for (let round = 0; round < 20; round++) {
    answers = round % 2 === 0 ? LOOPBACK : ['127.0.0.2', '10.0.0.1'];
    const fetched = net.fetch(server.origin());
    if (round % 2 === 0) expect((await fetched).status).toBe(200);
    else expect(await failureOf(fetched)).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  }
  expect(server.connections.accepted).toBe(10);
});
