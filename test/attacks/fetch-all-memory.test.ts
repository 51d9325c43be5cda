/**
 * Attack: a script's thread has the kernel keep more for `fetch_all` than it may: bodies that come in side by side, those
 * of one list after another, requests that are over, or many large ones that wait for one that never ends.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/errors/classes.ts';
import { systemClock } from '../../src/net/clock.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { FetchAll } from '../../src/net/http/fetch-all.ts';
import { openNet } from '../../src/net/net.ts';
import { startHttp } from '../helpers/http-server.ts';
import { type Answer, ServedLink, USER } from '../helpers/served-link.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const MIB = 1_048_576;
/** Two of these are more than may be kept. */
const LARGE = Buffer.alloc(150 * MIB);

test('bodies that come in at the same time are at most 256 MiB together', async () => {
  await using server = await startHttp((response) => response.end(LARGE));
  await using net = testNet();
  const results = await net.fetchAll([server.origin(), server.origin()], { limit: 2 });
  const outcomes = results.map((one) => ('code' in one ? one.code : one.status));
  // Whichever is faster; at the same pace there is room for neither.
  expect(outcomes).toContain('NET_SIZE');
});

async function fetchLarge(link: ServedLink, origin: string): Promise<Answer> {
  const list = await link.handle('net.fetchAll', 0, {}, USER);
  await link.ask('fetchList.add', list, [origin]);
  const answer = await link.ask('fetchList.take', list, 1);
  await link.ask('release', list);
  return answer;
}

test('so are those of lists one after another, until the script gives them up', async () => {
  await using server = await startHttp((response) => response.end(LARGE));
  await using net = testNet();
  using link = new ServedLink(net);
  const first = await fetchLarge(link, server.origin());
  expect(first).toMatchObject({ value: [{ status: 200, bodyLength: LARGE.length }] });
  const refused = { value: [{ error: { type: 'puck.uno/error/network/too_large' } }] };
  expect(await fetchLarge(link, server.origin())).toMatchObject(refused);
  expect(await fetchLarge(link, server.origin())).toMatchObject(refused);
  const { bodyHandle } = Object(Object(first).value[0]);
  await link.ask('release', bodyHandle);
  expect(await fetchLarge(link, server.origin())).toMatchObject({ value: [{ status: 200 }] });
});

test('what a list has read and nobody has taken is given up with it', async () => {
  await using server = await startHttp((response) => response.end(LARGE));
  await using net = testNet();
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, { limit: 1 }, USER);
  await link.ask('fetchList.add', list, [server.origin(), 'no URL']);
  await link.ask('release', list);
  expect(await fetchLarge(link, server.origin())).toMatchObject({ value: [{ status: 200 }] });
});

const CONTEXT = { by: { role: 'user', file: null, line: null } };
const refuse = (): Promise<never> => Promise.reject(new ArgumentError('refused'));

test('a request that is over is not kept', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const all = new FetchAll({ fetch: refuse, clock: systemClock, owner: Symbol('test') }, {}, CONTEXT);
  let body: Uint8Array | null = new Uint8Array(MIB);
  const kept = new WeakRef(body);
  all.add([Object.assign({ url: 'no URL' }, { body })]);
  body = null;
  await all.take(1);
  await new Promise(setImmediate);
  collectGarbage();
  expect(kept.deref()).toBeUndefined();
  all.close();
});

test('more than 256 MiB of requests wait until those before them are over', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  const all = new FetchAll({ fetch: () => promise, clock: systemClock, owner: Symbol('test') }, {}, CONTEXT);
  expect(all.roomFor(1_000 * MIB)).toBeUndefined();
  all.add(['one', 'another'], 200 * MIB);
  expect(all.roomFor(56 * MIB)).toBeUndefined();
  const waiting = all.roomFor(57 * MIB);
  expect(waiting).toBeInstanceOf(Promise);
  expect(() => all.roomFor(1)).toThrow('fetch_all: requests wait for room already');
  reject(new ArgumentError('refused'));
  await waiting;
  all.add(['a third'], 200 * MIB);
  const lost = failureOf(all.roomFor(100 * MIB) ?? Promise.resolve());
  all.close();
  expect((await lost).message).toBe('fetch_all is over');
  expect(() => all.add(['a fourth'])).toThrow('fetch_all is over');
});

test('a script with more than that gets its answers all the same', async () => {
  await using net = openNet(Grants.parse({}));
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, { timeout: null }, USER);
  const body = new Uint8Array(50 * MIB);
  for (let at = 0; at < 7; at++) {
    expect(await link.ask('fetchList.add', list, [{ url: 'no URL', body }])).toMatchObject({ value: null });
  }
  expect(await link.ask('fetchList.take', list, 7)).toMatchObject({ kind: 'value' });
});

test('heads of thousands of lines are not kept without bound', async () => {
  const lines = Array.from({ length: 30_000 }, () => ['a', '']).flat();
  await using server = await startHttp((response) => response.writeHead(200, lines).end());
  await using net = testNet();
  const results = await net.fetchAll(
    Array.from({ length: 40 }, () => server.origin()),
    { limit: 40 },
  );
  expect(results.some((one) => 'code' in one && one.code === 'NET_SIZE')).toBe(true);
});
