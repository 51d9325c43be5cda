/** Attack: an answer to the handshake that is none, or that never ends. */
import { expect, it } from 'vitest';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { upgradeFor } from '../helpers/web-socket-server.ts';

const good = 'HTTP/1.1 101 Switching Protocols\r\n';
const CASES: Readonly<Record<string, readonly [names: string, answer: (head: string) => string]>> = {
  'a proof that is none': [
    'ProtocolError',
    () => `${good}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n`,
  ],
  'no proof': ['ProtocolError', () => `${good}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`],
  'another protocol': ['ProtocolError', (head) => upgradeFor(head).replace('Upgrade: websocket', 'Upgrade: h2c')],
  'a 101 without an upgrade': ['ProtocolError', (head) => upgradeFor(head).replace('Upgrade: websocket\r\n', '')],
  'HTTP/1.0': ['ProtocolError', (head) => upgradeFor(head).replace('HTTP/1.1', 'HTTP/1.0')],
  'HTTP/2.0': ['ProtocolError', (head) => upgradeFor(head).replace('HTTP/1.1', 'HTTP/2.0')],
  'HTTP/0.9': ['ProtocolError', () => '<html>'],
  'another protocol at all': ['ProtocolError', () => 'SSH-2.0-OpenSSH_9.9\r\n'],
  'a subprotocol that was not asked for': [
    'ProtocolError',
    (head) => upgradeFor(head, 'Sec-WebSocket-Protocol: mine\r\n'),
  ],
  'a status of 000': ['ProtocolError HttpStatusError', () => 'HTTP/1.1 000 None\r\n\r\n'],
  'a NUL in a header': ['ProtocolError', (head) => upgradeFor(head, 'X-A: b\0c\r\n')],
  'a folded header': ['ProtocolError', (head) => upgradeFor(head, 'X-A: b\r\n c\r\n')],
  'a header flood': ['ProtocolError', (head) => upgradeFor(head, 'X-A: b\r\n'.repeat(100_000))],
  'a status line without end': ['ProtocolError', () => `HTTP/1.1 101 ${'x'.repeat(200_000)}`],
  '1xx without end': ['ProtocolError', () => 'HTTP/1.1 103 Early\r\n\r\n'.repeat(1_000)],
  'an end in the middle': ['ConnectionResetError', (head) => upgradeFor(head).slice(0, 60)],
  'an end at once': ['ConnectionResetError', () => ''],
};

it.each(Object.entries(CASES))('takes %s for what it is', async (_what, [names, answer]) => {
  await using server = await startRaw((socket, _turn, head) => {
    const text = answer(head);
    if (names === 'ConnectionResetError') socket.end(text, 'latin1');
    else socket.write(text, 'latin1');
  });
  await using net = testNet();
  const failure = await failureOf(net.webSocket(server.origin(), { timeout: 20 }));
  expect(names.split(' ')).toContain(failure.name);
  expect(failure).toMatchObject({ host: 'api.test', port: server.port, operation: 'web_socket' });
  await until(() => server.connections.open === 0);
});

it('is ended by a reset, at any byte of it', async () => {
  await using server = await startRaw((socket, turn, head) => {
    socket.write(upgradeFor(head).slice(0, turn * 10), () => socket.resetAndDestroy());
  });
  await using net = testNet();
  for (let turn = 1; turn <= 12; turn++) {
    expect((await failureOf(net.webSocket(server.origin()))).name).toBe('ConnectionResetError');
  }
});
