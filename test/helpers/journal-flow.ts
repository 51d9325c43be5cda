/** A process that writes rows to a journal without end, 5,000 a second, and says how many it has added. Argument: a state. */
import { writeSync } from 'node:fs';
import { Journal } from '../../src/egress/journal/journal.ts';
import { readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { openSqlite } from '../../src/egress/state/sqlite/sqlite.ts';
import { systemClock } from '../../src/net/clock.ts';
import { journalRow } from './journal-rows.ts';

const PER_MS = 5;
const [, , where = ''] = process.argv;
const place = readRedisUrl(where);
const { journal: store, now: wall } = place === null ? openSqlite(where) : await openRedis(place);
const journal = new Journal({ store, clock: systemClock, wall, retentionMs: () => 60_000, random: Math.random });
const start = performance.now();
let added = 0;
setInterval(() => {
  for (; added < (performance.now() - start) * PER_MS; added++) {
    journal.add(journalRow({ at: wall(), path: `/${added}` }), 1);
  }
  writeSync(1, `${added}\n`);
}, 2);
