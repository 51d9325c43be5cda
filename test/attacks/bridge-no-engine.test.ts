/** Attack: ask a link without an engine for the host's files and streams, and one without a net for the network. */
import { expect, it } from 'vitest';
import type { WireValue } from '../../src/wire/codec.ts';
import { OPERATIONS, type OperationName } from '../../src/wire/operations.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

const HOST: readonly (readonly [OperationName, ...WireValue[]])[] = [
  ['host.library', 'a.com/b'],
  ['host.write', 'stdout', new Uint8Array(3)],
  ['host.read', 10],
  ['host.config', {}, []],
];

it('answers no operation of an engine', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  for (const [name, ...args] of HOST) {
    expect(await link.ask(name, 0, ...args)).toMatchObject({ kind: 'error', name: 'SocketError' });
  }
  expect(HOST.length).toBe(OPERATIONS.filter(({ name }) => name.startsWith('host.')).length);
});

it('answers no operation of a net', async () => {
  await using server = await startTcp();
  using link = new ServedLink(null);
  const asked: readonly (readonly [OperationName, ...WireValue[]])[] = [
    ['net.fetch', `http://127.0.0.1:${server.port}`, {}, USER],
    ['net.fetchAll', {}, USER],
    ['net.client', {}],
    ['net.webSocket', `ws://127.0.0.1:${server.port}`, {}, USER],
    ['net.eventSource', `http://127.0.0.1:${server.port}`, {}, USER],
    ['net.tcp', '127.0.0.1', server.port, {}, USER],
    ['net.tls', '127.0.0.1', server.port, {}, USER],
    ['net.tcpListen', '127.0.0.1', 0, {}, USER],
    ['net.udp', '127.0.0.1', server.port, {}, USER],
    ['net.udpListen', '127.0.0.1', 0, {}, USER],
    ['net.resolve', '127.0.0.1', null, {}, USER],
    ['net.reverseResolve', '127.0.0.1', {}, USER],
    ['net.select', [], [], 0],
    ['net.narrow', ['*'], {}, USER],
    ['net.revoke', 0],
    ['net.allowed', '127.0.0.1', server.port],
    ['net.listenAllowed', '127.0.0.1', server.port],
    ['net.grants', USER],
  ];
  for (const [name, ...args] of asked) {
    const answer = await link.ask(name, 0, ...args);
    expect([name, answer.kind, answer.kind === 'error' && answer.name]).toEqual([name, 'error', 'SocketError']);
  }
  expect(asked.length).toBe(OPERATIONS.filter(({ on }) => on === 'net').length);
  expect(server.accepted).toBe(0);
});

it('writes to no third stream and reads no more than it may', async () => {
  const asked: number[] = [];
  const written: string[] = [];
  using link = new ServedLink(null, {
    host: {
      library: async () => null,
      write: async (stream) => void written.push(stream),
      read: async (max) => {
        asked.push(max);
        return null;
      },
      config: async () => {},
    },
  });
  for (const stream of ['stdin', '', '__proto__', 'STDOUT', '1', '/etc/passwd']) {
    expect(await link.ask('host.write', 0, stream, new Uint8Array(1))).toMatchObject({ name: 'ArgumentError' });
  }
  for (const max of [-1, 0, 2 ** 40]) expect((await link.ask('host.read', 0, max)).kind).toBe('value');
  expect(written).toEqual([]);
  expect(asked).toEqual([1, 1, 1_048_576]);
});
