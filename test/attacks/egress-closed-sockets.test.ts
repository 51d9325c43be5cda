/**
 * Attack: an app's WebSocket outlives its egress: open, or opened just then, it goes on with no policy over it, and no row
 * tells of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';
import { startSockets, upgradeFor } from '../helpers/web-socket-server.ts';

test('a WebSocket ends with its egress, and has its row', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-closed-'));
  const state = `sqlite:${join(folder, 'egress.db')}`;
  await using server = await startSockets(() => {});
  const made = await testEgress({ state });
  await allowServer(made.egress, server);
  const socket = await made.egress.net({ app: 'a' }).webSocket(`ws://api.test:${server.port}/`);
  await made.egress.close();
  expect(await failureOf(socket.send('out'))).toMatchObject({ code: 'NET_REVOKED' });
  await until(() => server.open === 0);
  {
    await using later = await testEgress({ state });
    expect(await later.egress.journal({ limit: 9 })).toMatchObject([{ method: 'WEBSOCKET', error: 'NET_REVOKED' }]);
  }
  rmSync(folder, { recursive: true });
});

test('so does one that was being opened', async () => {
  let answer = (): void => {};
  await using server = await startRaw((socket, _turn, head) => {
    answer = () => void socket.write(upgradeFor(head), 'latin1');
  });
  const made = await testEgress();
  await allowServer(made.egress, server);
  const opening = made.egress.net({ app: 'a' }).webSocket(`ws://api.test:${server.port}/`);
  const sent = opening.then((socket) => failureOf(socket.send('out')));
  await until(() => server.heard[0]?.includes('\r\n\r\n') === true);
  await made.egress.close();
  answer();
  expect(await sent).toMatchObject({ code: 'NET_REVOKED' });
  await until(() => server.connections.open === 0);
});
