import { afterEach, expect, test, vi } from 'vitest';
import { ManualClock } from '../../test/helpers/tcp-clock.ts';
import { Turnstile } from './turnstile.ts';

const company = { isThere: true };

afterEach(() => {
  vi.useRealTimers();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Starts so many of an owner, who note that they have begun. */
function start(turnstile: Turnstile, owner: string, count: number, begun: string[]): void {
  for (let one = 0; one < count; one++) {
    const wait = turnstile.pass(owner);
    if (wait === undefined) begun.push(owner);
    else void wait.then(() => begun.push(owner));
  }
}

test('a few begin at once, and as many in each turn of who is alone', async () => {
  const turnstile = new Turnstile(new ManualClock(), { isThere: false });
  const begun: string[] = [];
  start(turnstile, 'a', 17, begun);
  expect(begun).toHaveLength(8);
  await turn();
  expect(begun).toHaveLength(16);
  await turn();
  expect(begun).toHaveLength(17);
});

test('one begins in each turn where others use the loop', async () => {
  const turnstile = new Turnstile(new ManualClock(), company);
  const begun: string[] = [];
  start(turnstile, 'a', 6, begun);
  expect(begun).toHaveLength(4);
  await turn();
  expect(begun).toHaveLength(5);
  await turn();
  expect(begun).toHaveLength(6);
});

test('who waits holds up no other owner, and many owners take turns', async () => {
  const turnstile = new Turnstile(new ManualClock(), company);
  const begun: string[] = [];
  start(turnstile, 'flood', 1_000, begun);
  start(turnstile, 'quiet', 1, begun);
  start(turnstile, 'other', 12, begun);
  expect(begun.filter((owner) => owner !== 'flood')).toHaveLength(5);
  begun.length = 0;
  for (let turns = 0; turns < 4; turns++) await turn();
  expect(begun).toEqual(['flood', 'other', 'flood', 'other']);
});

test('many owners each have one of the next turns', async () => {
  const turnstile = new Turnstile(new ManualClock(), company);
  const owners = Array.from({ length: 12 }, (_, at) => `app${at}`);
  const begun: string[] = [];
  for (const owner of owners) start(turnstile, owner, 10, begun);
  begun.length = 0;
  for (let turns = 0; turns < 14; turns++) await turn();
  expect(begun).toEqual([...owners, ...owners.slice(0, 2)]);
});

test('what begins now and then never waits', () => {
  const clock = new ManualClock();
  const turnstile = new Turnstile(clock, company);
  for (let one = 0; one < 100; one++) {
    expect(turnstile.pass('a')).toBeUndefined();
    clock.advance(0.2);
  }
});

/** That fail as soon as they begin. */
async function failing(turnstile: Turnstile, owner: string, count: number): Promise<void> {
  for (let one = 0; one < count; one++) {
    await turnstile.pass(owner);
    turnstile.failed(owner);
  }
}

test('whose operations fail goes on a little later where others use the loop, and holds up nobody', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const turnstile = new Turnstile(new ManualClock(), company);
  await failing(turnstile, 'flood', 4);
  const begun: string[] = [];
  start(turnstile, 'flood', 3, begun);
  start(turnstile, 'quiet', 6, begun);
  for (let turns = 0; turns < 4; turns++) await turn();
  expect(begun).toEqual(Array.from({ length: 6 }, () => 'quiet'));
  vi.advanceTimersByTime(1);
  for (let turns = 0; turns < 4; turns++) await turn();
  expect(begun.slice(6)).toEqual(['flood', 'flood', 'flood']);
});

test('it goes on at once where it is alone, and where only a few fail', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  await failing(new Turnstile(new ManualClock(), { isThere: false }), 'a', 100);
  const turnstile = new Turnstile(new ManualClock(), company);
  await failing(turnstile, 'a', 3);
  expect(turnstile.pass('a')).toBeUndefined();
});
