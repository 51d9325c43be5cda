/** Attack: so many WebSockets and event streams, each within its cap, that what lies in them takes all the memory there is. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet, until } from '../helpers/tcp-server.ts';
import { startSockets } from '../helpers/web-socket-server.ts';

const refused = { kind: 'error', name: 'LimitReachedError' };

it('bounds what they may keep together', async () => {
  await using server = await startSockets(() => {});
  await using events = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  await using net = testNet();
  using link = new ServedLink(net);
  const large = { maxMessage: 2 ** 26, timeout: 1 };
  const sockets: number[] = [];
  for (let turn = 0; turn < 7; turn++) sockets.push(await link.handle('net.webSocket', 0, server.url(), large, USER));
  expect(await link.ask('net.webSocket', 0, server.url(), large, USER)).toMatchObject(refused);
  expect(await link.ask('net.eventSource', 0, events.origin(), { maxEvent: 2 ** 24 }, USER)).toMatchObject({
    kind: 'value',
  });
  expect(await link.ask('net.eventSource', 0, events.origin(), { maxEvent: 2 ** 24 }, USER)).toMatchObject(refused);
  // What was refused is closed, and what is given back makes room.
  await until(() => server.open === 7);
  expect(await link.ask('webSocket.close', sockets[0] ?? 0, 1000, '', 5)).toMatchObject({ kind: 'value' });
  expect(await link.ask('release', sockets[1] ?? 0)).toEqual({ kind: 'value', value: null });
  for (let turn = 0; turn < 2; turn++) await link.handle('net.webSocket', 0, server.url(), large, USER);
  expect(await link.ask('net.webSocket', 0, server.url(), large, USER)).toMatchObject(refused);
});

it('closes all of them with the link', async () => {
  await using server = await startSockets(() => {});
  await using events = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  });
  await using net = testNet();
  {
    using link = new ServedLink(net);
    for (let turn = 0; turn < 3; turn++) {
      await link.handle('net.webSocket', 0, server.url(), {}, USER);
      await link.handle('net.eventSource', 0, events.origin(), {}, USER);
    }
    expect([server.open, events.connections.open]).toEqual([3, 3]);
  }
  await until(() => server.open === 0 && events.connections.open === 0);
});
