/**
 * Attack: a server answers with thousands of short header lines, so that fifty responses together are no message that the
 * script's side could read, to take the results of every other server with them.
 */
import { expect, test } from 'vitest';
import { startGuest } from '../helpers/guest.ts';
import { startHttp, startSaying } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';

const LINES = 'a:\r\n'.repeat(9_000);

test('a server with very many header lines loses its own answers alone', async () => {
  await using hostile = await startSaying(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${LINES}\r\nhi`);
  await using server = await startHttp((response) => response.end('well'));
  await using net = testNet();
  const source = `
    const list = Array.from({ length: 40 }, (_, at) => data[at % 2]);
    return [...new Set(net.fetchAll(list).map((one) => one.type ?? one.text()))];`;
  const data = [hostile.origin(), server.origin()];
  expect(await startGuest(net, source, { data }).result).toEqual(['puck.uno/error/network/too_large', 'well']);
});

test('as many lines as any server has cross, fifty times', async () => {
  const headers = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`x-${at}`, 'value']));
  await using server = await startHttp((response) => response.writeHead(200, headers).end());
  await using net = testNet();
  const source = `
    return net.fetchAll(Array.from({ length: 50 }, () => data)).every((one) => one.header('x-499') === 'value');`;
  expect(await startGuest(net, source, { data: server.origin() }).result).toBe(true);
});
