/** A child process that has been taken over: what it says of a guest is read as hostile, and ends nothing but itself. */
import { expect, it } from 'vitest';
import { Grants, openNet } from '../../src/index.ts';
import { Isolate } from '../../src/isolate/host/isolate.ts';
import { CloneWriter } from '../../src/isolate/wire/clone/writer.ts';
import { FrameReader, ToChild, ToHost, words } from '../../src/isolate/wire/frames.ts';
import { BatchWriter, GuestSays } from '../../src/isolate/wire/messages.ts';
import { WireViolation } from '../../src/wire/violation.ts';

function isolate(net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }))) {
  const killed: string[] = [];
  const sent: number[] = [];
  const made = new Isolate({
    id: 7,
    net,
    console: 'silent',
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

it.each<[name: string, kind: number, payload: Uint8Array]>([
  ['a batch that is cut short', ToHost.POST, new Uint8Array([255, 255, 255, 0, 1])],
  ['a message that is no list', ToHost.POST, batch('text')],
  ['a message of no kind', ToHost.POST, batch([99])],
  ['bytes that are no value', ToHost.POST, new Uint8Array([2, 0, 0, 0, 200, 1])],
  ['a fault without an error', ToHost.FAULT, new CloneWriter().encode([0, 'text']).slice()],
  ['words that are not there', ToHost.DELIVERED, new Uint8Array(3)],
  ['a blocking call that ends too early', ToHost.CALL, new Uint8Array(11)],
])('%s is a violation', (_name, kind, payload) => {
  const { made } = isolate();
  expect(() => made.hear({ kind, guest: 7, payload })).toThrow(WireViolation);
});

it('a frame that is too long is refused before anything is kept', () => {
  const reader = new FrameReader((chunks) => Buffer.concat(chunks));
  reader.push(new Uint8Array([255, 255, 255, 255, 1, 0, 0, 0, 0]));
  expect(() => reader.next()).toThrow(WireViolation);
});

it('a call of no operation, or to a handle that was never given out, ends the process', async () => {
  const { made, killed } = isolate();
  made.hear({ kind: ToHost.CALL, guest: 7, payload: words(1, 9_999, 0) });
  made.hear({ kind: ToHost.POST, guest: 7, payload: batch([GuestSays.CALL, 1, 1, 5, new Uint8Array(0)]) });
  made.hear({ kind: ToHost.CALL, guest: 7, payload: words(2, 11, 5_000) });
  await expect.poll(() => killed.length).toBeGreaterThan(0);
});

it.each<[name: string, kind: number, payload: Uint8Array]>([
  ['a fetch of what has no text', ToHost.POST, batch([GuestSays.FETCH, 1, { url: { toString: null, valueOf: null } }])],
  [
    'a header that has no text',
    ToHost.POST,
    batch([GuestSays.FETCH, 1, { headers: { a: { toString: 1, valueOf: 1 } } }]),
  ],
  [
    'a socket to what has no text',
    ToHost.POST,
    batch([GuestSays.WEB_SOCKET, 1, 'a', 'b', [{ toString: 1, valueOf: 1 }]]),
  ],
])('%s is answered or ends the process, and no more', async (_name, kind, payload) => {
  const { made, killed, sent } = isolate();
  made.hear({ kind, guest: 7, payload });
  await expect.poll(() => killed.length + sent.filter((kind) => kind === ToChild.DELIVER).length).toBeGreaterThan(0);
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
