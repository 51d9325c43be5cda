/** Attack: a body's handle used twice, out of order, after it was given back; the ring's words changed by the reader. */
import { expect, it } from 'vitest';
import type { RingMessage } from '../../src/wire/records.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet, until } from '../helpers/tcp-server.ts';

const SIZE = 3_000_000;

function bigServer(): Promise<HttpServer> {
  return startHttp((response) => response.end(Buffer.alloc(SIZE, 'x')));
}

function ringOf(link: ServedLink): Promise<SharedArrayBuffer> {
  return new Promise((resolve) => link.port.once('message', (message: RingMessage) => resolve(message.memory)));
}

it('has one ring however often it is opened, and none once it is given back', async () => {
  await using server = await bigServer();
  await using net = testNet();
  using link = new ServedLink(net);
  const body = await link.handle('net.fetch', 0, server.origin(), {}, USER);
  for (let turn = 0; turn < 3; turn++) {
    expect(await link.ask('body.open', body)).toEqual({ kind: 'value', value: 0 });
  }
  for (let turn = 0; turn < 50; turn++) await link.ask('body.resume', body);
  expect(await link.ask('release', body)).toEqual({ kind: 'value', value: null });
  for (const name of ['body.open', 'body.resume'] as const) {
    expect(await link.ask(name, body)).toMatchObject({ kind: 'error', message: 'it is closed' });
  }
  await until(() => server.connections.open === 0, 'the connection of the body that nobody wants is closed');
  // The ring is lent again, and the next body comes through whole.
  const next = await link.handle('net.fetch', 0, server.origin(), {}, USER);
  expect(await link.ask('body.open', next)).toEqual({ kind: 'value', value: 0 });
});

it.each([
  ['ahead of what was written', 2 ** 31 - 1],
  ['backwards', -1],
  ['far behind', -(2 ** 31)],
])('writes no further than its own cursors say when the reader says %s', async (_name, tail) => {
  await using server = await bigServer();
  await using net = testNet();
  using link = new ServedLink(net, { ringBytes: 65_536 });
  const body = await link.handle('net.fetch', 0, server.origin(), {}, USER);
  const coming = ringOf(link);
  await link.ask('body.open', body);
  const words = new Int32Array(await coming, 0, 64);
  await until(() => Atomics.load(words, 48) === 1, 'the ring is full');
  const head = Atomics.load(words, 0);
  expect(head).toBe(65_536);
  Atomics.store(words, 16, tail);
  for (let turn = 0; turn < 20; turn++) await link.ask('body.resume', body);
  expect(Atomics.load(words, 0)).toBe(head);
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
});

it('goes on by its own cursor when the reader overwrites the writer’s', async () => {
  await using server = await bigServer();
  await using net = testNet();
  using link = new ServedLink(net, { ringBytes: 65_536 });
  const body = await link.handle('net.fetch', 0, server.origin(), {}, USER);
  const coming = ringOf(link);
  await link.ask('body.open', body);
  const words = new Int32Array(await coming, 0, 64);
  await until(() => Atomics.load(words, 48) === 1, 'the ring is full');
  Atomics.store(words, 0, 123_456_789);
  Atomics.store(words, 32, 2);
  Atomics.store(words, 16, 30_000);
  await link.ask('body.resume', body);
  await until(() => Atomics.load(words, 0) === 65_536 + 30_000, 'the room that was made is filled, no more');
});

it('lends no more rings than it may, and takes them back', async () => {
  await using server = await bigServer();
  await using net = testNet({ limits: { connections: 100 } });
  using link = new ServedLink(net, { ringBytes: 1_024 });
  const bodies: number[] = [];
  for (let turn = 0; turn < 65; turn++) bodies.push(await link.handle('net.fetch', 0, server.origin(), {}, USER));
  for (const body of bodies.slice(0, 64)) expect((await link.ask('body.open', body)).kind).toBe('value');
  expect(await link.ask('body.open', bodies[64] ?? 0)).toMatchObject({ name: 'LimitReachedError' });
  await link.ask('release', bodies[0] ?? 0);
  expect((await link.ask('body.open', bodies[64] ?? 0)).kind).toBe('value');
  link.link.close();
  await until(() => server.connections.open === 0, 'all connections are closed');
});
