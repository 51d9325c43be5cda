/** What a guest tells its host of having something left to do, with an engine that does what the test says. */
import { expect, it } from 'vitest';
import { Bridge } from '../wire/bridge.ts';
import { ToHost } from '../wire/frames.ts';
import { type Engine, Guest } from './guest.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

it('is not idle when a module ends while a timer of its own is being served', async () => {
  const active: boolean[] = [];
  const pipe = {
    send: (kind: number, _guest: number, ...[payload]: readonly Uint8Array[]): void => {
      if (kind !== ToHost.DELIVERED || payload === undefined) return;
      active.push(new DataView(payload.buffer, payload.byteOffset).getUint32(4, true) !== 0);
    },
    sendNow: () => {},
    post: () => {},
  };
  const module = Promise.withResolvers<void>();
  const timers = Promise.withResolvers<void>();
  const served = Promise.withResolvers<void>();
  const nothing = async (): Promise<void> => {};
  const engine: Engine = {
    deliver: () => {
      served.resolve();
      return timers.promise;
    },
    runModule: () => module.promise,
    run: nothing,
    evaluate: nothing,
    check: nothing,
    dispose: () => {},
    cpuNs: 0n,
    isDisposed: false,
  };
  const guest = new Guest(1, 8, null, { pipe, table: () => '', block: () => null, running: () => {}, ended: () => {} });
  guest.begin(engine);
  guest.run(1, '', 'main.js', 'module');
  await turn();
  guest.answerGuest(Bridge.WAKE, 0);
  await served.promise;
  module.resolve();
  await turn();
  expect(active).toEqual([true, true]);
  timers.resolve();
  await turn();
  expect(active).toEqual([true, true, false]);
});
