/** Attack: anything at all on the link's port, and words and mailbox scribbled over while the kernel works. */
import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { AWAKE, EVENT, PULSE, REPLY, REPLY_LENGTH, REPLY_TOTAL, SLEEPING } from '../../src/wire/layout.ts';
import { operationNamed } from '../../src/wire/operations.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

it('takes no notice of what messages say', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  const { port1 } = new MessageChannel();
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  for (const message of [
    undefined,
    null,
    { ring: 0, memory: null },
    'x'.repeat(100_000),
    cyclic,
    new Error('x'),
    1n,
    new Map(),
  ])
    link.port.postMessage(message);
  link.port.postMessage(port1, [port1]);
  link.port.postMessage(new SharedArrayBuffer(8));
  for (let flood = 0; flood < 10_000; flood++) link.port.postMessage(0);
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
});

it('relies on no word but those of the request', async () => {
  await using server = await startHttp((response) => response.end('the answer'));
  await using net = testNet();
  using link = new ServedLink(net);
  const { words } = link.memory;
  for (const value of [-1, 1, 2 ** 31 - 1, -(2 ** 31)]) {
    for (const word of [EVENT, SLEEPING, PULSE, REPLY_LENGTH, REPLY_TOTAL]) Atomics.store(words, word, value);
    const answer = await link.ask('net.fetch', 0, server.origin(), {}, USER);
    expect(answer).toMatchObject({ kind: 'value', value: { status: 200 } });
    if (answer.kind === 'value') expect(Buffer.from(JSON.stringify(answer.value)).length).toBeGreaterThan(100);
  }
  // The words say "asleep" or "awake" as they like: the kernel answers the next message.
  for (const value of [0, 7, -1]) {
    Atomics.store(words, AWAKE, value);
    expect((await link.ask('ping', 0)).kind).toBe('value');
  }
});

it('sends the next piece of its own answer, whatever stands in the mailbox', async () => {
  await using server = await startHttp((response) => response.end(Buffer.alloc(40_000, 'z')));
  await using net = testNet();
  using link = new ServedLink(net, { mailboxBytes: 64 });
  const { mailbox, words } = link.memory;
  const timer = setInterval(() => mailbox.fill(255), 0);
  const scribble = (): void => {
    mailbox.fill(255);
    Atomics.store(words, REPLY, -5);
  };
  const pieces: Promise<unknown>[] = [];
  pieces.push(link.ask('net.fetch', 0, server.origin(), {}, USER));
  setImmediate(scribble);
  clearInterval(timer);
  // Whatever the scribbler has spoilt for itself: other links and the kernel go on.
  await Promise.race([Promise.allSettled(pieces), new Promise((resolve) => setImmediate(resolve))]);
  using other = new ServedLink(net);
  const answer = await other.ask('net.fetch', 0, server.origin(), {}, USER);
  expect(answer).toMatchObject({ kind: 'value', value: { status: 200 } });
  link.link.close();
  await Promise.allSettled(pieces);
});

it('gives others their turn while one link never stops asking', async () => {
  await using net = testNet();
  using greedy = new ServedLink(net);
  using other = new ServedLink(net);
  let stop = false;
  const ping = operationNamed('ping').number;
  const flood = (async () => {
    while (!stop) await greedy.send(ping, 0, 0);
  })();
  const start = performance.now();
  for (let turn = 0; turn < 20; turn++) expect((await other.ask('ping', 0)).kind).toBe('value');
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (++ticks === 5) {
        clearInterval(timer);
        resolve();
      }
    }, 1);
  });
  expect(performance.now() - start).toBeLessThan(5_000);
  stop = true;
  await flood;
});
