/** Attack: a server that ends each stream at once and asks for the next one without a pause, so that we storm it. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

it('pauses all the same, longer each time', async () => {
  const clock = new ManualClock();
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 0\n\n');
  });
  await using net = testNet({ clock });
  const source = await net.eventSource(server.origin(), { timeout: null });
  const waiting = source.next();
  for (let turn = 0; turn < 4; turn++) {
    await until(() => clock.timers === 1);
    clock.advance(99 * 2 ** turn);
    for (let again = 0; again < 20; again++) await new Promise((resolve) => setImmediate(resolve));
    expect(server.seen).toHaveLength(turn + 1);
    clock.advance(2 ** turn);
    await until(() => server.seen.length === turn + 2);
  }
  await source.close();
  expect(await waiting).toBe(null);
});

it('counts each connection as a request, decided anew', async () => {
  const clock = new ManualClock();
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: 1\n\n');
  });
  await using net = testNet({ clock });
  const small = net.narrow(['*'], { maxRequests: 3 });
  const told: unknown[] = [];
  small.on('decision', ({ operation, verdict }) => told.push([operation, verdict]));
  const source = await small.eventSource(server.origin(), { timeout: null });
  for (let turn = 0; turn < 3; turn++) {
    const next = source.next();
    if (turn > 0) {
      await until(() => clock.timers === 1);
      clock.advance(3_000);
    }
    expect(await next).toMatchObject({ data: '1' });
  }
  const failed = failureOf(source.next());
  await until(() => clock.timers === 1);
  clock.advance(3_000);
  expect((await failed).name).toBe('BudgetExhaustedError');
  expect(server.seen).toHaveLength(3);
  expect(told).toEqual([...Array.from({ length: 3 }, () => ['fetch', 'allowed']), ['fetch', 'requests_spent']]);
});
