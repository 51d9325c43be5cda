/** Closing a narrowed net in a script's thread: ends it and what it opened, and gives its place back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { type ApiServer, startApi } from '../helpers/api-server.ts';
import { inGuest } from '../helpers/guest.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

function run(source: string, maxHandles?: number): Promise<unknown> {
  const net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
  const data = { base: api.base, port: api.port };
  return inGuest(net, source, { data, ...(maxHandles === undefined ? {} : { maxHandles }) });
}

it('ends it, all below it, and their sockets; its parent goes on', async () => {
  const source = `
    const small = net.narrow(['127.0.0.1']);
    const below = small.narrow(['127.0.0.1']);
    const socket = below.tcp('127.0.0.1', data.port);
    small.close();
    small.close();
    const codes = [];
    for (const step of [
      () => small.fetch(data.base + '/text'), () => below.fetch(data.base + '/text'), () => socket.recv(1),
    ]) {
      try { step(); codes.push('went through'); } catch (error) { codes.push(error.code); }
    }
    return [...codes, net.fetch(data.base + '/text').status];
  `;
  expect(await run(source)).toEqual(['NET_SOCKET', 'NET_REVOKED', 'NET_REVOKED', 200]);
});

it('gives its place back, as does a response that is not read', async () => {
  const source = `
    for (let round = 0; round < 100; round++) {
      using small = net.narrow(['127.0.0.1']);
      using page = small.fetch(data.base + '/bytes?n=200000');
      if (page.status !== 200) return page.status;
    }
    return 'all';
  `;
  expect(await run(source, 8)).toBe('all');
});
