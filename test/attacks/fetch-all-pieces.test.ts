/**
 * Attack: a script's thread hands the list of `fetch_all` over in pieces of its own making: larger ones, more of them, or
 * lists beside each other, to keep more in the kernel than one call may, or to wait for what never comes.
 */
import { expect, test } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { MAX_REQUESTS, PIECE_REQUESTS, WINDOW_REQUESTS } from '../../src/wire/fetch-list.ts';
import { startGuest } from '../helpers/guest.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

const ENDED = { kind: 'ended' };
const DONE = { kind: 'value', value: null };

function urls(count: number): string[] {
  return Array.from({ length: count }, () => 'https://host.test/');
}

test('a piece larger than one may be ends the link', async () => {
  await using net = openNet(Grants.parse({}));
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, {}, USER);
  expect(await link.ask('fetchList.add', list, urls(PIECE_REQUESTS + 1))).toEqual(ENDED);
});

test('so do more requests than the window has room for, until results are taken', async () => {
  await using net = openNet(Grants.parse({}));
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, {}, USER);
  const piece = urls(PIECE_REQUESTS);
  for (let sent = 0; sent < WINDOW_REQUESTS; sent += PIECE_REQUESTS) {
    expect(await link.ask('fetchList.add', list, piece)).toEqual(DONE);
  }
  expect(await link.ask('fetchList.take', list, PIECE_REQUESTS)).toMatchObject({ kind: 'value' });
  expect(await link.ask('fetchList.add', list, piece)).toEqual(DONE);
  expect(await link.ask('fetchList.add', list, piece)).toEqual(ENDED);
});

test('and more in sum than a call may make, though all before are done', async () => {
  await using net = openNet(Grants.parse({}));
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, { limit: 1_000, timeout: null }, USER);
  const piece = Array.from({ length: PIECE_REQUESTS }, () => 'no URL');
  for (let sent = 0; sent < MAX_REQUESTS; sent += PIECE_REQUESTS) {
    await link.ask('fetchList.add', list, piece);
    await link.ask('fetchList.take', list, PIECE_REQUESTS);
  }
  expect(await link.ask('fetchList.take', list, 0)).toEqual({ kind: 'value', value: [] });
  expect(await link.ask('fetchList.add', list, ['no URL'])).toEqual(ENDED);
}, 60_000);

test.each([1, -1, PIECE_REQUESTS + 1])('results that nobody asked for are not waited for: %i', async (count) => {
  await using net = openNet(Grants.parse({}));
  using link = new ServedLink(net);
  const list = await link.handle('net.fetchAll', 0, {}, USER);
  expect(await link.ask('fetchList.take', list, count)).toEqual(ENDED);
});

test('a second list ends the first, and what it had under way', async () => {
  const { promise: came, resolve: onCame } = Promise.withResolvers<void>();
  const { promise: gone, resolve: onGone } = Promise.withResolvers<void>();
  await using server = await startHttp((response) => {
    response.once('close', onGone);
    onCame();
  });
  await using net = testNet();
  using link = new ServedLink(net);
  const first = await link.handle('net.fetchAll', 0, {}, USER);
  expect(await link.ask('fetchList.add', first, [server.origin()])).toEqual(DONE);
  await came;
  const second = await link.handle('net.fetchAll', 0, {}, USER);
  await gone;
  expect(await link.ask('fetchList.take', first, 1)).toMatchObject({ kind: 'error', name: 'SocketError' });
  expect(await link.ask('fetchList.take', second, 0)).toEqual({ kind: 'value', value: [] });
});

test('results come in the order of the list, whatever piece is done first', async () => {
  const count = 2 * PIECE_REQUESTS + 30;
  const { promise: lastCame, resolve: onLast } = Promise.withResolvers<void>();
  await using server = await startHttp((response, { url }) => {
    if (url === `/${count - 1}`) onLast();
    // The first of all is the last to be answered.
    if (url === '/0') void lastCame.then(() => response.end(url));
    else response.end(url);
  });
  await using net = testNet();
  const source = `
    const all = net.fetchAll(Array.from({ length: ${count} }, (_, at) => data + '/' + at), { limit: 1_000 });
    return all.map((one) => one.text()).join(' ');`;
  const expected = Array.from({ length: count }, (_, at) => `/${at}`).join(' ');
  expect(await startGuest(net, source, { data: server.origin() }).result).toBe(expected);
});
