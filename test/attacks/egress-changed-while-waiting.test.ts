/**
 * Attack: a call waits for its rate while its host is denied and its secret removed, and goes out all the same, as was
 * decided before it waited.
 */
import { expect, test } from 'vitest';
import { servedEgress } from '../helpers/egress.ts';
import { failureOf } from '../helpers/tcp-server.ts';

/** A call under way that may go out a second after another, and that one is over. */
async function waiting() {
  const made = await servedEgress((response) => response.end('ok'));
  const { egress, server, url } = made;
  await egress.secrets.set('KEY', 'value', { hosts: [`api.test:${server.port}`] });
  await egress.set('app_rate', '1/s');
  await egress.set('queue_wait', '10s');
  const net = egress.net({ app: 'a' });
  await (await net.fetch(url, { auth: 'KEY' })).bytes();
  return { ...made, refused: failureOf(net.fetch(url, { auth: 'KEY' })) };
}

test('a host that was denied meanwhile is not reached', async () => {
  await using made = await waiting();
  await made.egress.deny('api.test:*');
  expect(await made.refused).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  expect(made.server.seen).toHaveLength(1);
});

test('a secret that was removed meanwhile is not sent', async () => {
  await using made = await waiting();
  await made.egress.secrets.remove('KEY');
  expect(await made.refused).toMatchObject({ code: 'NET_AUTH' });
  expect(made.server.seen).toHaveLength(1);
});
