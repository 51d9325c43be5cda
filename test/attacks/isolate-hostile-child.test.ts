/** A child process that has been taken over: what it says of a guest is read as hostile, and ends nothing but itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants, openNet } from '../../src/index.ts';
import { Isolate } from '../../src/isolate/host/isolate.ts';
import { CloneWriter } from '../../src/isolate/wire/clone/writer.ts';
import { FrameReader, ToChild, ToHost, words } from '../../src/isolate/wire/frames.ts';
import { BatchWriter, GuestSays } from '../../src/isolate/wire/messages.ts';
import type { Net } from '../../src/net/net.ts';
import { Encoder, type WireValue } from '../../src/wire/codec.ts';
import { operationNamed } from '../../src/wire/operations.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { bytesOf, hostileChild } from '../helpers/hostile-child.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

function isolate(net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }))) {
  const killed: string[] = [];
  const sent: number[] = [];
  const made = new Isolate({
    id: 7,
    net,
    console: 'silent',
    memoryMb: 64,
    timeMs: null,
    modules: null,
    connection: {
      send: (kind) => void sent.push(kind),
      leave: () => {},
      kill: (why) => void killed.push(why),
      changed: () => {},
    },
  });
  return { made, killed, sent };
}

function batch(...messages: readonly unknown[]): Uint8Array {
  const writer = new BatchWriter();
  for (const message of messages) writer.add(new CloneWriter().encode(message));
  return writer.take();
}

const FAULT_WITHOUT_ERROR = new CloneWriter().encode([0, 'text']).slice();

it.each<[name: string, kind: number, payload: Uint8Array]>([
  ['a fault without an error', ToHost.FAULT, FAULT_WITHOUT_ERROR],
  ['a fault that is no value', ToHost.FAULT, new Uint8Array([200])],
  ['an end that is no value', ToHost.ENDED, new Uint8Array(0)],
  ['an import that is no list', ToHost.MODULE, new CloneWriter().encode('x').slice()],
  ['words that are not there', ToHost.DELIVERED, new Uint8Array(3)],
])('what no child says is a violation: %s', (_name, kind, payload) => {
  const { made } = isolate();
  expect(() => made.hear({ kind, guest: 7, payload })).toThrow(WireViolation);
});

it.each<[name: string, kind: number, payload: Uint8Array]>([
  ['a batch that is cut short', ToHost.POST, new Uint8Array([255, 255, 255, 0, 1])],
  ['a message that is no list', ToHost.POST, batch('text')],
  ['a message of no kind', ToHost.POST, batch([99])],
  ['bytes that are no value', ToHost.POST, new Uint8Array([2, 0, 0, 0, 200, 1])],
  ['a name that is no text', ToHost.POST, batch([GuestSays.MESSAGE, { toString: 1 }, 1])],
  ['a WebSocket to no URL', ToHost.POST, batch([GuestSays.WEB_SOCKET, 1, 'c', { toString: 1 }, []])],
  ['subprotocols that are no texts', ToHost.POST, batch([GuestSays.WEB_SOCKET, 1, 'c', 'ws://x/', [{ toString: 1 }]])],
  ['a call that is cut short', ToHost.CALL, new Uint8Array(3)],
  ['a call of no operation', ToHost.CALL, words(1, 9_999, 0)],
  ['a call to a handle that was never given out', ToHost.CALL, words(2, 11, 5_000)],
  ['a call to come that is none', ToHost.POST, batch([GuestSays.CALL, 1, 'x', 5, new Uint8Array(0)])],
  ['arguments that are no values', ToHost.POST, batch([GuestSays.CALL, 1, 1, 5, new Uint8Array([255])])],
])('what no guest says ends that guest: %s', async (_name, kind, payload) => {
  const { made, killed } = isolate();
  const ended = nextSystem(made, 'terminated');
  made.hear({ kind, guest: 7, payload });
  expect(await ended).toMatchObject({ reason: 'protocol_violation', detail: expect.any(String) });
  expect(killed).toEqual([]);
});

it.each<[name: string, message: readonly unknown[]]>([
  ['a fetch of nothing', [GuestSays.FETCH, 1, null, null]],
  ['a fetch of objects', [GuestSays.FETCH, 1, { url: { toString: 1 }, method: [], headers: { a: {} }, body: 5 }, 5]],
  [
    'options of any shape',
    [GuestSays.FETCH, 1, { url: 'http://127.0.0.1:1/' }, { auth: { a: { b: { c: 1 } } }, retry: [] }],
  ],
])('%s is refused, and no more', async (_name, message) => {
  const { made, sent } = isolate();
  made.hear({ kind: ToHost.POST, guest: 7, payload: batch(message) });
  await expect.poll(() => sent.includes(ToChild.DELIVER)).toBe(true);
  expect(made.destroyed).toBe(false);
});

it('fetches of one number end with their guest, each of them', async () => {
  await using server = await startHttp(() => {});
  const { made } = isolate();
  const fetch = [GuestSays.FETCH, 1, { url: `${server.origin('127.0.0.1')}/`, method: 'GET', headers: {} }, {}];
  made.hear({ kind: ToHost.POST, guest: 7, payload: batch(fetch, fetch) });
  await expect.poll(() => server.seen.length).toBe(2);
  made.destroy();
  await expect.poll(() => server.connections.open).toBe(0);
});

it('a frame that is too long is refused before anything is kept', () => {
  const reader = new FrameReader((chunks) => Buffer.concat(chunks));
  reader.push(new Uint8Array([255, 255, 255, 255, 1, 0, 0, 0, 0]));
  expect(() => reader.next()).toThrow(WireViolation);
});

it('results of runs that were never asked for change nothing', () => {
  const { made, killed } = isolate();
  const payload = batch(
    [GuestSays.RESULT, 5, true, 1],
    [GuestSays.RESULT, Number.NaN, false, 'x'],
    [GuestSays.FORGET, 1],
  );
  made.hear({ kind: ToHost.POST, guest: 7, payload });
  made.hear({ kind: ToHost.DELIVERED, guest: 7, payload: words(4_000_000_000, 1, 77) });
  expect([made.destroyed, killed]).toEqual([false, []]);
});

/** Operation, handle and arguments, as a blocking call has them. */
function call(name: 'net.fetch', ...args: readonly WireValue[]): Uint8Array {
  const encoder = new Encoder(1_000_000);
  for (const argument of args) encoder.write(argument);
  return Buffer.concat([words(1, operationNamed(name).number, 0), encoder.bytes]);
}

describe('a process in the place of another', () => {
  const FIRST = 0;
  let server: HttpServer;
  let net: Net;
  beforeAll(async () => {
    server = await startHttp();
    net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
  });
  afterAll(async () => {
    await net.close();
    await server[Symbol.asyncDispose]();
  });

  /** Guest 0, with the network, in an honest process; guest 1, without, in a hostile one. */
  async function pair(attack: string) {
    const sandbox = openSandbox({ threads: 2 });
    const child = hostileChild(attack);
    const honest = await sandbox.createIsolate({ net });
    const told: unknown[] = [];
    honest.on('secret', (data) => told.push(data)).onRequest('secret', (data) => told.push(data));
    const hostile = await child.during(() => sandbox.createIsolate());
    return {
      sandbox,
      child,
      honest,
      hostile,
      told,
      [Symbol.dispose]() {
        sandbox.shutdown();
        child[Symbol.dispose]();
      },
    };
  }

  const url = (): string => `${server.origin('127.0.0.1')}/`;

  it('has no use of what the guest of another holds, and hears nothing of it', async () => {
    const options = { method: 'GET', followRedirects: true, headers: {} };
    const posts = [
      batch([GuestSays.MESSAGE, 'secret', 'forged']),
      batch([GuestSays.REQUEST, 1, 'secret', 'forged']),
      batch([GuestSays.FETCH, 2, { url: url(), ...options }, {}]),
      batch([GuestSays.RESULT, 1, true, 'forged']),
    ];
    const attack = [
      ...posts.map((post) => `send(${ToHost.POST}, ${FIRST}, ${bytesOf(post)})`),
      `send(${ToHost.CALL}, ${FIRST}, ${bytesOf(call('net.fetch', url(), {}, ['user', null, null]))})`,
      `send(${ToHost.CALL}, guest, ${bytesOf(call('net.fetch', url(), {}, ['user', null, null]))})`,
      `send(${ToHost.DELIVERED}, ${FIRST}, words(4000000000, 1, 1))`,
      `send(${ToHost.FAULT}, ${FIRST}, ${bytesOf(new CloneWriter().encode([1, new Error('forged')]))})`,
      `send(${ToHost.ENDED}, ${FIRST}, ${bytesOf(new CloneWriter().encode(['destroyed', false]))})`,
      `send(${ToHost.CREATED}, ${FIRST})`,
    ].join(';');
    using made = await pair(attack);
    const { honest, hostile, child, told } = made;
    // The answer to its own call comes behind all that came before.
    await expect.poll(() => child.heard().filter(({ kind }) => kind === ToChild.ANSWER).length).toBe(1);
    expect(await honest.evaluate(`await new Promise((r) => setTimeout(r, 1)); 'mine'`)).toBe('mine');
    expect([told, server.seen, honest.destroyed, hostile.destroyed]).toEqual([[], [], false, false]);
    honest.send('secret', 'for guest 0 alone');
    await honest.evaluate('1');
    expect(child.heard().filter(({ kind, guest }) => kind !== ToChild.PING && guest === FIRST)).toEqual([]);
  });

  it.each([
    ['names a guest that there never was', `send(${ToHost.POST}, 4000000000, words(1))`],
    ['says that a frame is 4 GiB long', `pipe.write(header(4294967295, ${ToHost.POST}, guest))`],
    ['ends in the middle of a frame', `pipe.write(header(1000, ${ToHost.POST}, guest), () => process.exit(0))`],
    ['writes noise', `pipe.write(Buffer.alloc(100000, 0xa5))`],
    [
      'says that its guest has ended and can not be ended',
      `send(${ToHost.ENDED}, guest, ${bytesOf(new CloneWriter().encode(['x', true]))})`,
    ],
    ['says what no child says', `send(${ToHost.FAULT}, guest, ${bytesOf(FAULT_WITHOUT_ERROR)})`],
    ['kills itself', 'process.kill(process.pid, 9)'],
  ])('is ended when it %s, and nobody else', async (_name, attack) => {
    using made = await pair(`setImmediate(() => { ${attack} })`);
    const { honest, hostile, sandbox } = made;
    if (!hostile.destroyed) expect(await nextSystem(hostile, 'terminated')).toEqual({ reason: 'host_process_lost' });
    expect(await honest.evaluate('1')).toBe(1);
    expect(sandbox.isolateCount()).toBe(1);
  });

  it('speaks for a guest that has ended, and nobody hears it', async () => {
    const late = `setInterval(() => send(${ToHost.POST}, guest, ${bytesOf(batch([GuestSays.MESSAGE, 'late', 1]))}), 1)`;
    using made = await pair(late);
    const { honest, hostile, child } = made;
    hostile.destroy();
    let heard = 0;
    hostile.on('late', () => {
      heard += 1;
    });
    await expect.poll(() => child.heard().some(({ kind }) => kind === ToChild.DESTROY)).toBe(true);
    expect([await honest.evaluate('1'), heard]).toEqual([1, 0]);
  });

  it('that asks without end and reads no answer is not heard any more', async () => {
    const one = call('net.fetch', 'http://127.0.0.1/', {}, ['user', null, null]);
    const attack = `pipe.pause(); pipe.removeAllListeners('data');
      const frame = Buffer.concat([header(${one.length}, ${ToHost.CALL}, guest), ${bytesOf(one)}]);
      const many = Buffer.concat(Array(2000).fill(frame));
      const flood = () => { while (pipe.write(many)); pipe.once('drain', flood); }; flood()`;
    const before = process.memoryUsage().rss;
    using made = await pair(attack);
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 10);
    const { honest, hostile } = made;
    // Others have their turn all the while.
    for (let turn = 0; turn < 200; turn++) expect(await honest.evaluate('1')).toBe(1);
    clearInterval(watch);
    expect(hostile.destroyed).toBe(false);
    expect((most - before) / 1_048_576).toBeLessThan(256);
  });
});
