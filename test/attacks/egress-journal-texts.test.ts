/** What a caller writes into its URLs: no secret of it gets into the journal, and no length of it into memory or a file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Journal } from '../../src/egress/journal/journal.ts';
import type { JournalRow } from '../../src/egress/journal/row.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { journalRow } from '../helpers/journal-rows.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';

const MIB = 1_048_576;
const WORD = 'hush';

test('queries, fragments and userinfo are in no row, and no file of the state', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-texts-'));
  await using server = await startHttp((response, { url }) => {
    response.writeHead(url.startsWith('/there') ? 302 : 200, { location: `/after?k=${WORD}` }).end('ok');
  });
  const made = await testEgress({ state: `sqlite:${join(folder, 'egress.db')}` });
  const { egress } = made;
  await allowServer(egress, server);
  const net = egress.net({ app: 'a' });
  const [origin, hostAndPort] = [server.origin(), `api.test:${server.port}`];
  const urls = [
    `${origin}/a?${WORD}`,
    `${origin}/b#${WORD}`,
    `http://${WORD}:${WORD}@${hostAndPort}/c`,
    `http://${WORD}@${hostAndPort}/d`,
    `${origin}/e?a=b?c#d?${WORD}`,
    `${origin}?${WORD}/f`,
    `${origin}/there?${WORD}`,
    `https://${WORD}:${WORD}@denied.test/?${WORD}#${WORD}`,
    `https://denied.test/x?${WORD}`,
  ];
  const ask = (url: string, query = {}) => net.fetch(url, { query }).then((response) => response.text());
  for (const url of urls) await ask(url).catch(() => {});
  await ask(`${origin}/query`, { [WORD]: WORD });
  await net.webSocket(`ws://${hostAndPort}/socket?${WORD}`).catch(() => {});
  await net.eventSource(`${origin}/events?${WORD}`).catch(() => {});
  const rows = await egress.journal({ limit: 100 });
  expect(rows.map(({ path }) => path)).toEqual(expect.arrayContaining(['/a', '/b', '/e', '/query', '/socket', '/x']));
  expect(JSON.stringify(rows)).not.toContain(WORD);
  await made[Symbol.asyncDispose]();
  for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file)).includes(WORD), file).toBe(false);
  rmSync(folder, { recursive: true });
});

test('texts of any length and any bytes are short rows that can be printed', async () => {
  await using server = await startHttp((response) => response.end('ok'));
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  const net = egress.net({ app: 'a'.repeat(128) });
  const long = 'x'.repeat(60_000);
  const path = `/\u0001\u0007\u001b[31m\u007f\u0085\u202e\u{1f4a9}`;
  const asks = [
    () => net.fetch(`${server.origin()}/${long}`),
    () => net.fetch(`https://denied.test/${long}`),
    () => net.fetch(`${server.origin()}${path}`),
    () => net.fetch(`https://denied.test/${encodeURI(path)}`),
    () => net.fetch(`https://${'y'.repeat(60)}.${'z'.repeat(250)}.test/`),
    () => net.fetch(`https://denied.test/`, { method: 'M'.repeat(2_000) }),
    () => net.webSocket(`wss://denied.test/${long}`),
  ];
  for (const ask of asks) await ask().catch(() => {});
  const rows = await egress.journal({ limit: 100 });
  expect(rows.length).toBeGreaterThanOrEqual(4);
  for (const row of rows) {
    for (const text of [row.host, row.method, row.app, row.rule ?? '']) expect(text.length).toBeLessThanOrEqual(256);
    expect(row.path.length).toBeLessThanOrEqual(1_024);
    expect(JSON.stringify(row)).toMatch(/^[\x20-\x7e]*$/);
  }
});

/** What a row would be if nobody before had looked at it. */
test('a row ends every text of it that is too long', async () => {
  const rows: JournalRow[] = [];
  const journal = journalTo((given) => rows.push(...given));
  const long = 'x'.repeat(100_000);
  const texts = { app: long, method: long, host: long, path: long, address: long, error: long, rule: long };
  journal.add(journalRow(texts), 1);
  await journal.close();
  expect(JSON.stringify(rows).length).toBeLessThan(5_000);
});

test('rows that wait hold no URL in memory that they are a part of', async () => {
  const journal = journalTo(() => {
    throw new Error('away');
  });
  await journal.flush();
  const before = heap();
  for (let each = 0; each < 20_000; each++) {
    const url = new URL(
      `https://a-host-with-a-long-name.test/a-path-of-some-length/${each}?${'x'.repeat(10_000)}${each}`,
    );
    journal.add(journalRow({ host: url.hostname, path: url.pathname }), 1);
  }
  // The URLs are 190 MiB.
  expect(heap() - before).toBeLessThan(60 * MIB);
  expect(journal.waiting).toBe(20_000);
  await journal.close();
});

function journalTo(append: (rows: readonly JournalRow[]) => void): Journal {
  const store = { append, query: () => [], dropped: () => 0, purge: () => false };
  const clock = new ManualClock();
  return new Journal({ store, clock, wall: () => 0, retentionMs: () => 0, random: () => 0 });
}

/** Bytes that are held, without what the collector would take. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
