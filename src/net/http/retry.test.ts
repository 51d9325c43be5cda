/** Another try: when, after how long, and when not. */
import { describe, expect, it } from 'vitest';
import { type Answer, startHttp, startRaw } from '../../../test/helpers/http-server.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { mayRetry, readRetryAfter, waitMs } from './retry.ts';

describe('decisions', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', 'LOCK'])('%s', (method) => {
    const idempotent = !['POST', 'PATCH', 'LOCK'].includes(method);
    expect(mayRetry({ retries: 2, unsafe: false }, method, 1)).toBe(idempotent);
    expect(mayRetry({ retries: 2, unsafe: true }, method, 1)).toBe(true);
    expect(mayRetry({ retries: 2, unsafe: true }, method, 2)).toBe(false);
    expect(mayRetry({ retries: 0, unsafe: true }, method, 0)).toBe(false);
  });

  it.each([
    [0, null, 0, 0],
    [0, null, 0.5, 125],
    [3, null, 0.5, 1_000],
    [20, null, 0.999, 14_985],
    [0, 7_000, 0.5, 7_000],
    [5, 100, 0.5, 4_000],
  ])('waits after %d tries, told %s, drawn %d: %d ms', (tried, afterMs, random, expected) => {
    expect(waitMs({ tried, afterMs, random })).toBe(expected);
  });

  it.each([
    ['3', 3_000],
    [' 0 ', 0],
    ['-1', null],
    ['1.5', null],
    ['', null],
    ['soon', null],
    ['2020', 2_020_000],
    [['1', '2'], null],
    [undefined, null],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['Thursday, 01-Jan-70 00:01:00 GMT', 50_000],
    ['99999999999', null],
  ])('reads Retry-After: %j', (header, expected) => {
    expect(readRetryAfter(header, 10_000)).toBe(expected);
  });
});

/** Answers with these statuses in turn, then 200. */
const statuses = (...list: readonly number[]): Answer => {
  const left = [...list];
  return (response) => {
    const status = left.shift() ?? 200;
    response.writeHead(status, status === 429 ? { 'retry-after': '60' } : {}).end(String(status));
  };
};

describe('a request', () => {
  it('is made again until it is answered, each time under the grant', async () => {
    await using server = await startHttp(statuses(503, 502, 504));
    await using net = testNet();
    const small = net.narrow(['*'], { maxRequests: 5 });
    const response = await small.fetch(server.origin(), { method: 'PUT', body: 'x', retry: 3 });
    expect([response.status, await response.text()]).toEqual([200, '200']);
    expect(server.seen.map(({ body }) => body)).toEqual(['x', 'x', 'x', 'x']);
    await small.fetch(server.origin());
    expect(await failureOf(small.fetch(server.origin()))).toMatchObject({ code: 'NET_BUDGET' });
  });

  it('gives the last answer when the tries are used up, or none was asked for', async () => {
    await using server = await startHttp((response) => response.writeHead(503).end());
    await using net = testNet();
    expect((await net.fetch(server.origin())).status).toBe(503);
    expect((await net.fetch(server.origin(), { retry: 2 })).status).toBe(503);
    expect((await net.fetch(server.origin(), { retry: 2, method: 'POST' })).status).toBe(503);
    expect(server.seen).toHaveLength(1 + 3 + 1);
    expect((await net.fetch(server.origin(), { retry: 1, retryUnsafe: true, method: 'POST' })).status).toBe(503);
    expect(server.seen).toHaveLength(7);
  });

  it('takes the client’s word where it has none of its own', async () => {
    await using server = await startHttp(statuses(503, 503, 503));
    await using net = testNet();
    const client = net.http.client.new({ retry: 1 });
    expect((await client.get(server.origin())).status).toBe(503);
    expect((await client.get(server.origin(), { retry: 0 })).status).toBe(503);
    expect((await client.get(server.origin())).status).toBe(200);
  });

  it('is made again after a failure that may pass, and not after one that stays', async () => {
    let turn = 0;
    await using server = await startRaw((socket) => {
      turn += 1;
      if (turn < 3) socket.destroy();
      else if (turn === 3) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.write('nonsense\r\n\r\n');
    });
    await using net = testNet();
    expect(await (await net.fetch(server.origin(), { retry: 2 })).text()).toBe('ok');
    expect(await failureOf(net.fetch(server.origin(), { retry: 5 }))).toMatchObject({ code: 'NET_PROTOCOL' });
    expect(turn).toBe(4);
    expect(await failureOf(net.narrow(['a.test']).fetch(server.origin(), { retry: 5 }))).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
    });
  });

  it('waits as long as the server says, on the clock', async () => {
    const clock = new ManualClock();
    await using server = await startHttp(statuses(429));
    await using net = testNet({ clock });
    const pending = net.fetch(server.origin(), { retry: 1, timeout: 100 });
    await until(() => clock.timers > 0 && server.seen.length === 1 && server.connections.open === 1);
    const sent = pending.then((response) => response.status);
    await until(() => {
      clock.advance(59_000 / 100);
      return clock.now() > 58_000;
    });
    expect(server.seen).toHaveLength(1);
    await until(() => {
      clock.advance(500);
      return server.seen.length === 2;
    });
    expect(await sent).toBe(200);
  });

  it('gives the answer at once where the wait is longer than the time there is', async () => {
    await using server = await startHttp(statuses(429));
    await using net = testNet();
    expect((await net.fetch(server.origin(), { retry: 3, timeout: 20 })).status).toBe(429);
  });

  it('ends in its wait when it is given up', async () => {
    await using server = await startHttp(statuses(429));
    await using net = testNet();
    const ending = new AbortController();
    const pending = net.fetch(server.origin(), { retry: 1, timeout: null, signal: ending.signal });
    pending.catch(() => {});
    await until(() => server.seen.length === 1);
    ending.abort(new RangeError('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(server.seen).toHaveLength(1);
  });
});

it('bounds the wait for headers apart', async () => {
  const clock = new ManualClock();
  await using server = await startRaw(() => {});
  await using net = testNet({ clock });
  const pending = failureOf(net.fetch(server.origin(), { timeout: null, headersTimeout: 5 }));
  await until(() => server.heard[0]?.includes('\r\n\r\n') === true);
  clock.advance(4_999);
  clock.advance(1);
  expect(await pending).toMatchObject({ code: 'NET_TIMEOUT', phase: 'headers' });
});

it('leaves a body the rest of the whole time, once the headers came in theirs', async () => {
  const clock = new ManualClock();
  await using server = await startRaw((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx'));
  await using net = testNet({ clock });
  const response = await net.fetch(server.origin(), { timeout: 1.5, headersTimeout: 1 });
  const pending = failureOf(response.bytes());
  clock.advance(1_499);
  expect(server.connections.open).toBe(1);
  clock.advance(1);
  expect(await pending).toMatchObject({ code: 'NET_TIMEOUT', phase: 'body' });
});
