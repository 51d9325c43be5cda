/** A narrowed net gets more requests out of its budget: by redirects, by tries, many at once, by children, clients and jails. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

it('gets no more than there are, whichever way it asks', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/loop') response.writeHead(302, { location: '/loop' });
    else if (url === '/busy') response.writeHead(503);
    response.end();
  });
  await using shared = await startHttp2((_request, response) => response.end());
  await using net = testNet({ ca: pemOf('ca') });
  const url = server.origin();
  const ways: ((small: typeof net) => Promise<unknown>)[] = [
    (small) => small.fetch(`${url}/loop`, { maxRedirects: 50 }),
    (small) => small.fetch(`${url}/busy`, { retry: 10, timeout: null }),
    (small) =>
      small.fetchAll(
        Array.from({ length: 30 }, () => url),
        { limit: 30 },
      ),
    (small) =>
      small.fetchAll(
        Array.from({ length: 30 }, () => shared.origin()),
        { limit: 30 },
      ),
    (small) =>
      Promise.allSettled(Array.from({ length: 30 }, () => small.narrow(['*'], { maxRequests: 100 }).fetch(url))),
    (small) => Promise.allSettled(Array.from({ length: 30 }, () => small.http.client.new().get(url))),
    (small) => Promise.allSettled(Array.from({ length: 30 }, () => small.http.client.jail('api.test').fetch(url))),
    (small) =>
      Promise.allSettled([
        small.fetch(url),
        small.eventSource(url),
        small.fetch(url),
        small.fetch(url),
        small.fetch(url),
      ]),
  ];
  for (const way of ways) {
    const before = server.seen.length + shared.seen.length;
    const small = net.narrow(['*'], { maxRequests: 3 });
    await way(small).catch(() => {});
    await small.fetch(url).catch(() => {});
    expect(server.seen.length + shared.seen.length - before, String(way)).toBe(3);
  }
});

it('is not faster than its rate, many at once and by children', async () => {
  const clock = new ManualClock();
  await using server = await startHttp();
  await using net = testNet({ clock });
  const small = net.narrow(['*'], { rate: '5/min' });
  const children = [small, small.narrow(['*']), small.narrow(['*'], { rate: '1000/s' })];
  const burst = async (): Promise<number> => {
    const before = server.seen.length;
    for (const child of children) {
      const all = await child.fetchAll(
        Array.from({ length: 10 }, () => server.origin()),
        { limit: 10, timeout: null },
      );
      const refused = all.filter((one) => 'code' in one);
      for (const one of refused) expect(one).toMatchObject({ code: 'NET_RATE', retryable: true });
    }
    return server.seen.length - before;
  };
  expect(await burst()).toBe(5);
  expect(await burst()).toBe(0);
  clock.advance(12_000);
  expect(await burst()).toBe(1);
});
