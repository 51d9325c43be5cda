/**
 * What an egress does without a server: `cache-hit` (µs for a call that the cache answers), `journal` (rows that SQLite takes
 * in a second, in batches of 500, to a file), `journal-lag` and `idle-lag` (ms: the longest that the loop stood still while
 * 5,000 rows a second went there, or nowhere). Arguments: which, and a folder.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Journal } from '../../../src/egress/journal/journal.ts';
import type { JournalRow } from '../../../src/egress/journal/row.ts';
import { openSqlite } from '../../../src/egress/state/sqlite/sqlite.ts';
import { systemClock } from '../../../src/net/clock.ts';
import { host } from '../product.ts';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [, , kind = '', folder = ''] = process.argv;
const ROWS = 500;
const CALLS_PER_TURN = 50;
const ROWS_PER_MS = 5;

async function cacheHit(): Promise<(ms: number) => Promise<{ value: number }>> {
  const { openEgress } = await host();
  const server = createServer((_request, response) => response.end('x'.repeat(200)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const egress = await openEgress({ state: `sqlite:${join(folder, 'cache.db')}`, resolve: async () => ['127.0.0.1'] });
  await egress.allow(`bench.test:${port}`, { httpsOnly: false, allowAddresses: ['127.0.0.1'] });
  await egress.set('calls_per_run', 1_000_000);
  const url = `http://bench.test:${port}/`;
  let calls = 0;
  const get = async (): Promise<void> => {
    const response = await egress.net({ app: 'bench' }).fetch(url, { cache: '1h' });
    await response.bytes();
    // Else the loop would never turn, and the journal never be written: it is a part of what a hit costs.
    if (++calls % CALLS_PER_TURN === 0) await setImmediate();
  };
  await get();
  server.close();
  server.closeAllConnections();
  return async (ms) => ({ value: 1e6 / (await rateAwaited(ms, get)).value });
}

function rowOf(now: number): JournalRow {
  return {
    at: now,
    app: 'bench',
    method: 'GET',
    host: 'bench.test',
    path: '/v1/things/42',
    status: 200,
    error: null,
    address: '203.0.113.9',
    ms: 12.5,
    bytesOut: 0,
    bytesIn: 200,
    cached: false,
    tries: 1,
    verdict: 'ok',
    rule: 'allow bench.test',
  };
}

function rows(): (ms: number) => Promise<{ value: number }> {
  const state = openSqlite(join(folder, 'journal.db'));
  const append = async (): Promise<void> => {
    const now = Date.now();
    await state.journal.append(
      Array.from({ length: ROWS }, () => rowOf(now)),
      0,
    );
  };
  return async (ms) => ({ value: (await rateAwaited(ms, append)).value * ROWS });
}

/** A millisecond's timer is how closely it looks. */
async function lag(ms: number, add: (row: JournalRow) => void): Promise<{ value: number; also: { p99: number } }> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  let added = 0;
  delays.enable();
  for (let now = start; now - start < ms; now = performance.now()) {
    for (; added < (now - start) * ROWS_PER_MS; added++) add(rowOf(Date.now()));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  delays.disable();
  return { value: delays.max / 1e6, also: { p99: delays.percentile(99) / 1e6 } };
}

function journalLag(): (ms: number) => Promise<{ value: number }> {
  const { journal: store } = openSqlite(join(folder, 'lag.db'));
  const [wall, retentionMs] = [() => Date.now(), () => 60_000];
  const journal = new Journal({ store, clock: systemClock, wall, retentionMs, random: Math.random });
  return (ms) => lag(ms, (row) => journal.add(row, 1));
}

const KINDS: Readonly<Record<string, () => Promise<(ms: number) => Promise<{ value: number }>>>> = {
  'cache-hit': cacheHit,
  journal: async () => rows(),
  'journal-lag': async () => journalLag(),
  'idle-lag': async () => (ms) => lag(ms, () => {}),
};

const round = await KINDS[kind]?.();
if (round === undefined) throw new Error(`no such contestant: ${kind}`);
await answerRounds(round);
