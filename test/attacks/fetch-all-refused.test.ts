/**
 * Attack: a script asks for tens of thousands of URLs at once that are all refused, so that nothing of it ever waits, to
 * stop the event loop that it shares with every other script. They begin a few in a turn.
 */
import { expect, test } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { testEgress } from '../helpers/egress.ts';
import { startGuest } from '../helpers/guest.ts';
import { startHttp } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';

const CALLS = 4_000;
/** Of the loop, while those calls are refused: no fewer than this. */
const TURNS = CALLS / 16;

/** How often everybody else's turn comes while `step` is under way. */
async function turnsDuring(step: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  await step();
  over = true;
  return turns;
}

test('a list of URLs that are all refused leaves the loop to others', async () => {
  const net = openNet(Grants.parse({}));
  const urls = Array.from({ length: CALLS }, (_, at) => `https://host${at}.test/`);
  const turns = await turnsDuring(async () => {
    const results = await net.fetchAll(urls, { limit: 1_000 });
    expect(results.every((result) => 'code' in result && result.code === 'NET_HOST_NOT_ALLOWED')).toBe(true);
  });
  expect(turns).toBeGreaterThan(TURNS);
});

test('so do calls of an app that the egress refuses', async () => {
  await using made = await testEgress();
  await made.egress.set('mode', 'open');
  await made.egress.set('app_rate', '1/h');
  await made.egress.set('calls_per_run', 1_000_000);
  const net = made.egress.net({ app: 'flood' });
  const turns = await turnsDuring(() =>
    Promise.allSettled(Array.from({ length: CALLS }, () => net.fetch('https://api.test/'))),
  );
  expect(turns).toBeGreaterThan(TURNS);
});

test('a script gets them all back, in pieces whose messages leave the loop to others', async () => {
  await using net = openNet(Grants.parse({}));
  const source = `
    const all = net.fetchAll(Array.from({ length: 4_000 }, (_, at) => 'https://host' + at + '.test/'), { limit: 1_000 });
    return all.map((one, at) => one.code === 'NET_HOST_NOT_ALLOWED' && one.message.includes('host' + at + '.test')).filter(Boolean).length;`;
  let found: unknown;
  const turns = await turnsDuring(async () => {
    found = await startGuest(net, source).result;
  });
  expect(found).toBe(CALLS);
  expect(turns).toBeGreaterThan(TURNS);
});

test('what is no list of requests is refused before any piece of it is sent', async () => {
  await using net = openNet(Grants.parse({}));
  const decisions: unknown[] = [];
  net.on('decision', (decision) => decisions.push(decision));
  const source = `
    const list = Array.from({ length: 2_000 }, () => 'https://host.test/');
    try { return net.fetchAll([...list, 7]); } catch (error) { return error.message; }`;
  expect(await startGuest(net, source).result).toBe('fetch_all: element 2000 is neither a URL nor {url:, ...}');
  expect(decisions).toEqual([]);
});

test('the pieces of one call share its time', async () => {
  await using server = await startHttp(() => {});
  await using net = testNet();
  const source = `
    const all = net.fetchAll(Array.from({ length: 1_001 }, () => data), { limit: 1_000, timeout: 0.2 });
    return [all.length, all.every((one) => one.code === 'NET_TIMEOUT')];`;
  expect(await startGuest(net, source, { data: server.origin() }).result).toEqual([1_001, true]);
});
