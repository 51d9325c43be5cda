/** Attack: a name with thousands of addresses, which turns one connect into a scan of somebody's network. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

const addresses = Array.from({ length: 5000 }, (_, n) => `127.1.${n >> 8}.${n & 255}`);
let dialled = 0;

function count(): void {
  dialled += 1;
}

beforeEach(() => {
  dialled = 0;
  subscribe('net.client.socket', count);
});

afterEach(() => {
  unsubscribe('net.client.socket', count);
});

it('tries a handful of them where each refuses', async () => {
  const server = await startTcp();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  await using net = testNet({ resolve: () => addresses });
  expect((await failureOf(net.tcp('api.test', port))).name).toBe('ConnectionRefusedError');
  expect(dialled).toBe(8);
  await until(() => openSockets() === 0);
});

it('tries a handful of them where each is slow', async () => {
  const clock = new ManualClock();
  const server = await startTcp('0.0.0.0');
  await using net = testNet({ clock, resolve: () => addresses });
  const dialling = net.tcp('api.test', server.port);
  // A connection is made in a later turn of the event loop: within this one all attempts are under way.
  for (let n = 0; n < 100 && openSockets() === 0; n++) await null;
  clock.advance(29_000);
  expect([dialled, openSockets()]).toEqual([8, 8]);
  const socket = await dialling;
  await socket.close();
  await server[Symbol.asyncDispose]();
  await until(() => openSockets() === 0);
});
