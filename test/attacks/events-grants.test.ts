/** Attack: use an event stream to reach, carry or keep what a capability does not give. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';

const STREAM = { 'content-type': 'text/event-stream' };

it('is refused before a packet, as a fetch is', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const url = `http://api.test:${server.port}/`;
  const refused: readonly (readonly [string, Promise<unknown>])[] = [
    ['HostNotAllowedError', testNet({}, { allowNet: ['b.test'] }).eventSource(url)],
    ['AddressNotAllowedError', testNet({}, { allowNet: true, denyNet: ['loopback'] }).eventSource(url)],
    ['HostNotAllowedError', net.narrow(['*'], { methods: ['GET'] }).eventSource(url, { method: 'POST' })],
    ['HostNotAllowedError', net.narrow(['*'], { httpsOnly: true }).eventSource(url)],
    ['HostNotAllowedError', net.narrow(['*'], { paths: ['/v1/*'] }).eventSource(url)],
  ];
  for (const [name, asked] of refused) expect((await failureOf(asked)).name).toBe(name);
  expect(server.accepted).toBe(0);
});

it('is not led elsewhere by a redirect, and takes no credentials along', async () => {
  await using other = await startHttp((response) => response.writeHead(200, STREAM).end('data: 1\n\n'));
  await using server = await startHttp((response) => {
    response.writeHead(307, { location: other.origin('b.test') }).end();
  });
  await using net = testNet({}, { allowNet: ['api.test', 'b.test'] });
  await using source = await net.eventSource(server.origin(), { auth: { bearer: 't' }, headers: { Cookie: 'a=b' } });
  expect(await source.next()).toMatchObject({ data: '1' });
  expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
  expect(other.seen[0]?.headers).not.toHaveProperty('cookie');
  const small = net.narrow(['api.test']);
  expect((await failureOf(small.eventSource(server.origin()))).name).toBe('HostNotAllowedError');
  expect(other.seen).toHaveLength(1);
});

it('ends with its capability: while it comes, while it lies unread, and while it waits to go on', async () => {
  const clock = new ManualClock();
  await using server = await startHttp((response, { url }) => {
    response.writeHead(200, STREAM).write('data: 1\n\n');
    if (url === '/ends') response.end();
  });
  await using net = testNet({ clock });
  const small = net.narrow(['*']);
  const [reading, unread, ended] = await Promise.all([
    small.eventSource(server.origin()),
    small.narrow(['*']).eventSource(server.origin()),
    small.eventSource(`${server.origin()}/ends`),
  ]);
  await reading.next();
  await ended.next();
  const waiting = [failureOf(reading.next({ timeout: null })), failureOf(ended.next({ timeout: null }))];
  await until(() => clock.timers > 0);
  net.revoke(small);
  for (const failure of await Promise.all(waiting)) expect(failure.name).toBe('RevokedError');
  expect((await failureOf(unread.next())).name).toBe('RevokedError');
  clock.advance(1_000_000);
  expect(server.seen).toHaveLength(3);
  // That of the stream which had ended is in the pool.
  await until(() => server.connections.open === 1);
});

it('takes no byte over its budget', async () => {
  await using server = await startHttp((response) => {
    response.writeHead(200, STREAM);
    const more = (): void => {
      if (!response.destroyed) response.write(`data: ${'x'.repeat(10_000)}\n\n`, more);
    };
    more();
  });
  await using net = testNet();
  const source = await net.narrow(['*'], { maxBytes: 200_000 }).eventSource(server.origin());
  let read = 0;
  const reading = async () => {
    for await (const { data } of source) read += data.length;
  };
  expect((await failureOf(reading())).name).toBe('BudgetExhaustedError');
  expect(read).toBeLessThanOrEqual(200_000);
});

it('sends back no id that would end a header', async () => {
  const clock = new ManualClock();
  const ids = ['\u0001', 'a\tb', 'x'.repeat(5_000), 'good'];
  await using server = await startHttp((response) => {
    response.writeHead(200, STREAM).end(`${ids.map((id) => `id: ${id}\ndata: 1\n\n`).join('')}id: \u007f\ndata: 2\n\n`);
  });
  await using net = testNet({ clock });
  const source = await net.eventSource(server.origin(), { timeout: null });
  const seen: unknown[] = [];
  for (let turn = 0; turn < 5; turn++) seen.push((await source.next())?.id);
  expect(seen).toEqual([null, null, null, 'good', 'good']);
  const again = source.next();
  await until(() => clock.timers === 1);
  clock.advance(3_000);
  expect(await again).toMatchObject({ id: 'good' });
  expect(server.seen[1]?.headers['last-event-id']).toBe('good');
});
