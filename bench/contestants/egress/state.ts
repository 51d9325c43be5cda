/**
 * What an egress does without a server: `cache-hit` (µs for a call that the cache answers) and `journal` (rows that SQLite
 * takes in a second, in batches of 500, to a file). Arguments: which, and a folder.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openSqlite } from '../../../src/egress/state/sqlite/sqlite.ts';
import { host } from '../product.ts';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [, , kind = '', folder = ''] = process.argv;
const ROWS = 500;
const CALLS_PER_TURN = 50;

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

function journal(): (ms: number) => Promise<{ value: number }> {
  const state = openSqlite(join(folder, 'journal.db'));
  const row = {
    at: 0,
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
  } as const;
  const batch = Array.from({ length: ROWS }, (_, at) => ({ ...row, at }));
  const append = async (): Promise<void> => {
    await state.journal.append(batch, 0);
  };
  return async (ms) => ({ value: (await rateAwaited(ms, append)).value * ROWS });
}

await answerRounds(kind === 'journal' ? journal() : await cacheHit());
