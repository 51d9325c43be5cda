/** A narrowed net goes on after its end: by a body that is still coming, a wait for another try, a turn in a queue, a client. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('ends with it, wherever it is', async () => {
  const clock = new ManualClock();
  let reached = 0;
  await using server = await startHttp((response, { url }) => {
    if (url === '/busy') {
      response.writeHead(429, { 'retry-after': '20' }).end();
    } else if (url === '/drip') response.write('x');
    reached += 1;
  });
  await using shared = await startHttp2((_request, response) => {
    response.write('x');
    reached += 1;
  });
  await using net = testNet({ clock, ca: pemOf('ca'), limits: { connectionsPerOrigin: 3 } });
  const small = net.narrow(['*'], { expires: 10 });
  const client = small.http.client.new({ cookies: true });
  const url = server.origin();
  const options = { timeout: null };
  const drip = await small.fetch(`${url}/drip`, options);
  const dripping = await small.fetch(shared.origin(), options);
  const busy = client.get(`${url}/busy`, { retry: 3, ...options });
  await until(() => reached === 3);
  const pending = [
    busy,
    drip.bytes(),
    dripping.bytes(),
    small.fetch(`${url}/hang`, options),
    // The fourth to this origin waits for its turn.
    small.fetch(`${url}/hang`, options),
    small.fetch(`${url}/hang`, options),
    small
      .narrow(['*'], { expires: 1_000 })
      .fetch(shared.origin('localhost'), options)
      .then((response) => response.bytes()),
  ].map((one) => failureOf(one));
  await until(() => reached >= 6);
  clock.advance(9_999);
  const before = reached;
  clock.advance(1);
  for (const failure of await Promise.all(pending)) expect(failure).toMatchObject({ code: 'NET_REVOKED' });
  for (const late of [small.fetch(url), client.get(url)]) {
    expect(await failureOf(late)).toMatchObject({ code: 'NET_REVOKED' });
  }
  expect(() => client.jail('api.test')).toThrow(expect.objectContaining({ code: 'NET_REVOKED' }));
  clock.advance(60_000);
  expect(reached).toBe(before);
  await until(() => server.connections.open === 0 && shared.open === 0);
});
