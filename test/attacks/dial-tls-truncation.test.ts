/** Attack: end a TLS stream early by a FIN (anyone on the way can send one) and have the rest pass for nothing. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { asText, failureOf, until } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

it.each(VERSIONS)('raises ConnectionResetError at a FIN without close_notify, over %s', async (version) => {
  await using pair = await tlsPair({ server: { minVersion: version, maxVersion: version } });
  const { socket, peer, raw } = pair;
  await new Promise((resolve) => peer.write('pay 100', resolve));
  await until(() => socket.bytesReceived === 7);
  raw.end();
  expect(asText(await socket.recv())).toBe('pay 100');
  expect(await failureOf(socket.recv())).toMatchObject({ name: 'ConnectionResetError' });
  expect((await failureOf(socket.recvAll())).message).toContain('no close_notify');
  expect(socket.connected).toBe(false);
});

it('keeps the cut tail from passing for a line', async () => {
  await using pair = await tlsPair();
  const { socket, peer, raw } = pair;
  await new Promise((resolve) => peer.write('whole\npay 100', resolve));
  raw.end();
  expect(asText(await socket.recvLine())).toBe('whole\n');
  expect((await failureOf(socket.recvLine())).name).toBe('ConnectionResetError');
  expect(asText(await socket.recv())).toBe('pay 100');
});

it('sees a FIN that comes together with the end of the handshake', async () => {
  await using pair = await tlsPair();
  pair.raw.end();
  expect((await failureOf(pair.socket.recv())).name).toBe('ConnectionResetError');
});

it.each(VERSIONS)('takes an announced end for one, however late it is read, over %s', async (version) => {
  await using pair = await tlsPair({
    server: { minVersion: version, maxVersion: version },
    net: { limits: { readAhead: 1 } },
  });
  const { socket, peer } = pair;
  await nextTurn();
  peer.end('all of it');
  await until(() => peer.writableFinished);
  expect(asText(await socket.recvAll())).toBe('all of it');
  expect(await socket.recv()).toBeNull();
});

it('takes an announced end for one where reading was paused in the middle of what came with it', async () => {
  for (let size = 16_384; size <= 262_144; size += 16_384) {
    await using pair = await tlsPair({ net: { limits: { readAhead: 1 } } });
    const { socket, peer } = pair;
    await nextTurn();
    peer.end(Buffer.alloc(size));
    await until(() => socket.bytesReceived > 0);
    expect(await socket.recvAll()).toHaveLength(size);
    expect(await socket.recv()).toBeNull();
  }
});

it('sees through a FIN that comes while reading is paused', async () => {
  for (let size = 16_384; size <= 262_144; size += 49_152) {
    await using pair = await tlsPair({ net: { limits: { readAhead: 1 } } });
    const { socket, peer, raw } = pair;
    await new Promise((resolve) => peer.write(Buffer.alloc(size), resolve));
    raw.end();
    expect(await socket.recvExact(size)).toHaveLength(size);
    expect((await failureOf(socket.recv())).name).toBe('ConnectionResetError');
  }
});

it('takes a reset for one', async () => {
  await using pair = await tlsPair();
  const { socket, raw } = pair;
  raw.resetAndDestroy();
  expect((await failureOf(socket.recv())).name).toBe('ConnectionResetError');
});
