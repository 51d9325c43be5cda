/** Attack: hold more sockets, clients, bodies and capabilities than the kernel should keep for one script. */
import { expect, it } from 'vitest';
import { MAX_CAPABILITIES } from '../../src/net/serve/handles.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('opens nothing that there is no room for', async () => {
  await using server = await startTcp();
  await using web = await startHttp((response) => response.end(Buffer.alloc(200_000)));
  await using net = testNet();
  using link = new ServedLink(net, { maxHandles: 3 });
  await link.handle('net.tcp', 0, 'a.test', server.port, {}, USER);
  await link.handle('net.fetch', 0, web.origin(), {}, USER);
  const client = await link.handle('net.client', 0, {});
  const refused = { kind: 'error', name: 'LimitReachedError' };
  expect(await link.ask('net.tcp', 0, 'a.test', server.port, {}, USER)).toMatchObject(refused);
  expect(await link.ask('net.tls', 0, 'a.test', server.port, {}, USER)).toMatchObject(refused);
  expect(await link.ask('net.fetch', 0, web.origin(), {}, USER)).toMatchObject(refused);
  expect(await link.ask('client.fetch', client, web.origin(), {}, USER)).toMatchObject(refused);
  expect(await link.ask('net.client', 0, {})).toMatchObject(refused);
  expect(await link.ask('client.jail', client, ['a.test'])).toMatchObject(refused);
  expect([server.accepted, web.seen.length]).toEqual([1, 1]);
  await link.ask('release', client);
  expect((await link.ask('net.tcp', 0, 'a.test', server.port, {}, USER)).kind).toBe('value');
  // Narrowing is no way round: its limit is its own, and what it opens counts with the rest.
  const narrowed = await link.handle('net.narrow', 0, ['*'], {}, USER);
  expect(await link.ask('net.tcp', narrowed, 'a.test', server.port, {}, USER)).toMatchObject(refused);
  link.link.close();
  await until(() => web.connections.open === 0, 'what was held is closed');
});

it('narrows no more capabilities than a script may hold', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  let last = 0;
  for (let made = 1; made < MAX_CAPABILITIES; made++) {
    if (made % 4_096 !== 0) {
      const answer = await link.ask('net.narrow', 0, [], {}, USER);
      if (answer.kind !== 'value') expect.unreachable(`${made}: ${JSON.stringify(answer)}`);
      last = Number(answer.value);
    } else last = await link.handle('net.narrow', 0, ['a.test'], {}, USER);
  }
  expect(await link.ask('net.narrow', 0, ['*'], {}, USER)).toMatchObject({ name: 'LimitReachedError' });
  expect(await link.ask('net.allowed', last, 'a.test', 1)).toMatchObject({ kind: 'value' });
});
