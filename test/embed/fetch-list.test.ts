/** What is no list of requests is told so, from either side, and nothing is waited for. */
import { expect, test } from 'vitest';
import { startGuest } from '../helpers/guest.ts';
import { startHttp } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';

test.each([
  ['null', '[data, null]', 1],
  ['undefined', '[data, data, undefined]', 2],
  ['a hole', '[data, , data]', 1],
  ['a hole beyond the first piece', 'Object.assign(new Array(60).fill(data), { 61: data })', 60],
])('%s in a list', async (_, list, at) => {
  await using server = await startHttp();
  await using net = testNet();
  const source = `try { return net.fetchAll(${list}); } catch (error) { return [error.type, error.message]; }`;
  const message = `fetch_all: element ${at} is neither a URL nor {url:, ...}`;
  expect(await startGuest(net, source, { data: server.origin() }).result).toEqual(['puck.uno/error/argument', message]);
  expect(server.seen).toEqual([]);
});

test('a sparse list of a host does not wait for what never begins', async () => {
  await using net = testNet();
  await expect(net.fetchAll(new Array(2))).rejects.toThrow('element 0 is neither');
});

test('a list that breaks off half-way keeps nothing of what it had got', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(60_000)));
  await using net = testNet();
  // The results of the first fifty are here when what can't be sent is reached.
  const source = `
    const list = [...new Array(50).fill(data), ...new Array(1_960).fill('no URL'), { url: data, headers: () => {} }];
    const messages = new Set();
    for (let turn = 0; turn < 25; turn++) {
      try { net.fetchAll(list); } catch (error) { messages.add(error.type); }
    }
    return [...messages, ...net.fetchAll([data, data]).map((one) => one.status)];
  `;
  const result = await startGuest(net, source, { data: server.origin() }).result;
  expect(result).toEqual(['puck.uno/error/argument', 200, 200]);
});
