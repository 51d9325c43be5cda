/**
 * The tests of the hostile snippets. During each the host's loop goes on, after it another guest of the same process
 * does (or is told that its process is lost, where memory ran out), and what ended the guest is called by its name.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { IsolateEndedError } from '../../src/errors/classes.ts';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { type LagWatch, watchLag } from './host-lag.ts';
import { GROUPS, LIVES, MEMORY, type Row, UNSTOPPABLE } from './isolate-snippets.ts';
import { openSandbox } from './isolates.ts';

/** The host never works longer than this at a stretch. */
const MOST_WORK_MS = 50;
/** Nor is it blocked. Generous: this machine may be busy with other things. */
const MOST_LAG_MS = 1_000;
const LIMITS = { cpuMs: 100, memoryMb: 16, timeMs: 20_000 };
/** What grows is ended by what it holds, and not by the time that it takes. */
const GROWTH_CPU_MS = 8_000;

const ROWS = Object.entries(GROUPS).flatMap(([group, rows]) => rows.map((row) => ({ group, row, name: row[0] })));

function mayTakeItsProcessAlong([name, , ...ends]: Row): boolean {
  return ends.includes(MEMORY) || UNSTOPPABLE.includes(name);
}

/** Runs the snippet. What ended its guest, or that it lives. */
async function endOf(guest: Isolate, [, source, ...ends]: Row): Promise<string> {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  guest
    .onSystem('terminated', ({ reason }) => resolve(reason))
    .onSystem('error', () => {})
    .onSystem('console', () => {})
    .onRequest('hang', () => new Promise(() => {}));
  guest.execute(source);
  guest.send('go');
  if (!ends.includes(LIVES)) return await ended;
  const lives = guest.evaluate(`await 0; 'lives'`).then(
    () => LIVES,
    // One that has broken its own world may not be able to say so; that is told in its place.
    (error: unknown) => (error instanceof IsolateEndedError ? ended : LIVES),
  );
  return await Promise.race([lives, ended]);
}

/** The tests of every snippet, for sandboxes of this mode. */
export function testSnippets(mode: 'shared' | 'strict'): void {
  let sandbox: V8Sandbox;
  let lag: LagWatch;
  let neighbour: Isolate | null = null;
  beforeAll(() => {
    sandbox = openSandbox({ strict: mode === 'strict', ...LIMITS, timeMs: null });
    lag = watchLag();
  });
  afterAll(() => {
    lag.stop();
    sandbox.shutdown();
  });

  async function check(group: string, row: Row): Promise<void> {
    const [, , ...ends] = row;
    if (neighbour === null || neighbour.destroyed) neighbour = await sandbox.createIsolate({ cpuMs: null });
    const other = neighbour;
    const guest = await sandbox.createIsolate({
      console: 'events',
      timeMs: LIMITS.timeMs,
      cpuMs: group === 'growth' ? GROWTH_CPU_MS : LIMITS.cpuMs,
    });
    lag.take();
    expect(ends).toContain(await endOf(guest, row));
    const still = await other.evaluate('1').catch((error: { reason: string }) => error.reason);
    const mayBeLost = mode === 'shared' && mayTakeItsProcessAlong(row);
    expect([1, ...(mayBeLost ? ['host_process_lost'] : [])]).toContain(still);
    const { workedMs, clockMs } = lag.take();
    expect(workedMs).toBeLessThan(MOST_WORK_MS);
    expect(clockMs).toBeLessThan(MOST_LAG_MS);
    guest.destroy();
  }

  it.each(ROWS)('$group: $name', ({ group, row }) => check(group, row));
}
