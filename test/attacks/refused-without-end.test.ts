/**
 * Attack: calls that are refused cost their app nothing, no slot and no rate, and the loop that all share some thirty
 * microseconds each: so one asks for them without end. Four a millisecond begin where others use the loop.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { company } from '../../src/net/company.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { testEgress } from '../helpers/egress.ts';

const CALLS = 20;
/** Of the loop: more than those calls take, one in each. */
const TURNS = 100;
/** What may begin before the fourth of them is known to have failed. */
const BEGUN = 12;

beforeEach(() => {
  // Time stands still until a test says so; the turns of the loop go on.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  company.note(Symbol('one'));
  company.note(Symbol('another'));
});

afterEach(() => {
  vi.useRealTimers();
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets as many milliseconds pass as those calls take. */
async function laterOn(): Promise<void> {
  for (let ms = 0; ms < CALLS; ms++) {
    vi.advanceTimersByTime(1);
    await turns(TURNS);
  }
}

test('requests of a list', async () => {
  await using net = openNet(Grants.parse({}));
  let refused = 0;
  net.on('decision', () => {
    refused += 1;
  });
  const all = net.fetchAll(Array.from({ length: CALLS }, () => 'https://host.test/'));
  await turns(TURNS);
  expect(refused).toBeGreaterThanOrEqual(4);
  expect(refused).toBeLessThanOrEqual(BEGUN);
  await laterOn();
  expect(await all).toHaveLength(CALLS);
});

test('calls of an app, one after another', async () => {
  await using made = await testEgress();
  const net = made.egress.net({ app: 'flood' });
  let refused = 0;
  const loop = async (): Promise<void> => {
    while (refused < CALLS) {
      await net.fetch('https://host.test/').catch(() => {});
      refused += 1;
    }
  };
  const looping = loop();
  await turns(TURNS);
  expect(refused).toBe(4);
  await laterOn();
  await looping;
});
