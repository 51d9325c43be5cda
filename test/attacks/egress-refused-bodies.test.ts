/**
 * Attack: a server's answer is refused to whoever reads it, though all of its bytes have come: over the cap, decoded to too
 * much, or no sound gzip. The journal must not say that the call went well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/net/clock.ts';
import { servedEgress, testEgress } from '../helpers/egress.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const BODIES: Readonly<Record<string, readonly [body: Buffer, coding: string | null, code: string]>> = {
  'over the cap': [Buffer.alloc(101), null, 'NET_SIZE'],
  'over the cap once it is decoded': [gzipSync(Buffer.alloc(100_000)), 'gzip', 'NET_SIZE'],
  'not what its coding says': [Buffer.from('no gzip'), 'gzip', 'NET_PROTOCOL'],
};

function served(
  [body, coding]: readonly [Buffer, string | null, ...unknown[]],
  clock: Clock = systemClock,
  state = ':memory:',
) {
  return servedEgress(
    (response) => response.writeHead(200, coding === null ? {} : { 'content-encoding': coding }).end(body),
    { entry: { maxResponse: 1_000 }, options: { clock, state } },
  );
}

test.each(Object.entries(BODIES))('a body that is %s', async (_what, given) => {
  const [, , code] = given;
  await using made = await served(given);
  const net = made.egress.net({ app: 'a' });
  const options = code === 'NET_SIZE' ? { maxBody: 100 } : {};
  expect(await failureOf(net.fetch(made.url, options).then((response) => response.bytes()))).toMatchObject({ code });
  expect(await made.egress.journal({ limit: 9 })).toMatchObject([{ status: 200, error: code, verdict: 'error' }]);
});

test('one that is sound has its row when it is read, or given up, or at the latest when the call’s time is up', async () => {
  const clock = new ManualClock();
  await using made = await served([gzipSync('sound'), 'gzip'], clock);
  const { egress, url } = made;
  const net = egress.net({ app: 'a' });
  expect(await (await net.fetch(url)).text()).toBe('sound');
  await (await net.fetch(url)).close();
  const unread = await net.fetch(url, { timeout: 10 });
  const row = { verdict: 'ok' };
  expect(await egress.journal({ limit: 9 })).toMatchObject([row, row]);
  clock.advance(10_000);
  expect(await egress.journal({ limit: 9 })).toMatchObject([row, row, row]);
  expect(await unread.text()).toBe('sound');
});

test('while it is not read its slot is free', async () => {
  await using made = await served([gzipSync('sound'), 'gzip']);
  await made.egress.set('app_concurrency', 1);
  const net = made.egress.net({ app: 'a' });
  const unread = await net.fetch(made.url);
  expect(await (await net.fetch(made.url)).text()).toBe('sound');
  expect(await unread.text()).toBe('sound');
});

test('one that nobody has read by the end of the egress holds it up no longer, and has its row', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-unread-'));
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const clock = new ManualClock();
  await using made = await served([gzipSync('sound'), 'gzip'], clock, state);
  await made.egress.net({ app: 'a' }).fetch(made.url);
  // Were it waited for, nothing would go on: no time passes.
  await made.egress.close();
  await using again = await testEgress({ state });
  expect(await again.egress.journal({ limit: 9 })).toMatchObject([{ verdict: 'ok' }]);
  rmSync(folder, { recursive: true });
});
