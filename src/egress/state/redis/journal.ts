/**
 * The journal in Redis: a stream whose ids are numbers that grow with the server's time, so that they go on growing when
 * it has lost everything. Trusted side. A batch is one step.
 */
import { hasFailed, type JournalFilter, type JournalRow, type NumberedRow, VERDICTS } from '../../journal/row.ts';
import type { JournalStore } from '../state.ts';
import type { Connection } from './connection.ts';
import { listOf, numberOf, textOf } from './reply.ts';
import { Script } from './script.ts';

/** The most rows there are, whatever the retention: a server's memory is no disk. */
const MOST_ROWS = 1_000_000;
/** Rows that one purge removes, and that one step of a search reads. */
const STEP = 1_000;
/** How much the clock of who wrote a row may be behind the server's. */
const SKEW_MS = 60_000;

/** KEYS: the stream, the last id, the count of what was dropped. ARGV: dropped, the most rows, and pairs of a time and a row. */
const APPEND = new Script(`
local time = redis.call('TIME')
local id = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), time[1] * 1000000 + time[2])
for at = 3, #ARGV, 2 do
  id = id + 1
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], string.format('%.0f-0', id), 'at', ARGV[at], 'row', ARGV[at + 1])
end
redis.call('SET', KEYS[2], string.format('%.0f', id))
if tonumber(ARGV[1]) > 0 then redis.call('INCRBY', KEYS[3], ARGV[1]) end
`);

/** KEYS: the stream. ARGV: before when, the most to remove. Removes from the oldest on; how many went. */
const PURGE = new Script(`
local rows = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])
for at, row in ipairs(rows) do
  if tonumber(row[2][2]) >= tonumber(ARGV[1]) then return at - 1 end
  redis.call('XDEL', KEYS[1], row[1])
end
return #rows
`);

export class RedisJournal implements JournalStore {
  readonly #connection: Connection;
  readonly #stream: string;
  readonly #lastId: string;
  readonly #dropped: string;

  constructor(connection: Connection, key: (name: string) => string) {
    this.#connection = connection;
    this.#stream = key('journal');
    this.#lastId = key('journal-id');
    this.#dropped = key('journal-dropped');
  }

  /** A batch whose answer was lost is written again: its rows may be there twice. */
  async append(rows: readonly JournalRow[], dropped: number): Promise<void> {
    const args = [dropped, MOST_ROWS, ...rows.flatMap((row) => [row.at, JSON.stringify(row)])];
    await APPEND.run(this.#connection, [this.#stream, this.#lastId, this.#dropped], args);
  }

  async query(filter: JournalFilter): Promise<readonly NumberedRow[]> {
    // Ids are the microseconds at which rows were written, and that is after what they tell of.
    const since = Math.max(0, ((filter.since ?? 0) - SKEW_MS) * 1_000);
    const from = String(Math.max((filter.afterId ?? 0) + 1, since));
    const found: NumberedRow[] = [];
    let to = '+';
    while (found.length < filter.limit) {
      const args = ['XREVRANGE', this.#stream, to, from, 'COUNT', String(STEP)];
      const rows = listOf(await this.#connection.command(args)).map(readRow);
      for (const row of rows) if (found.length < filter.limit && matches(row, filter)) found.push(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < STEP) break;
      to = `(${last.id}-0`;
    }
    return found.reverse();
  }

  async dropped(): Promise<number> {
    return numberOf(await this.#connection.command(['GET', this.#dropped]));
  }

  async purge(before: number): Promise<boolean> {
    // A retention without end keeps all.
    if (!Number.isFinite(before)) return false;
    return numberOf(await PURGE.run(this.#connection, [this.#stream], [before, STEP])) === STEP;
  }
}

function matches(row: NumberedRow, { since, app, host, status }: JournalFilter): boolean {
  if (since !== undefined && row.at < since) return false;
  if (app !== undefined && row.app !== app) return false;
  if (host !== undefined && row.host !== host) return false;
  if (status === undefined) return true;
  if (status === 'error') {
    return row.error !== null || row.verdict === 'denied' || row.verdict === 'error' || (row.status ?? 0) >= 400;
  }
  if (status === 'failed') return hasFailed(row);
  return /^[0-9]{3}$/.test(status) ? row.status === Number(status) : row.verdict === status;
}

/** What `append` wrote; what is no such row comes out empty. */
function readRow(reply: unknown): NumberedRow {
  const [id, fields] = listOf(reply);
  const given = parse(textOf(listOf(fields)[3]));
  const text = (name: string): string => textOr(given(name), '') ?? '';
  const count = (name: string): number => numberOr(given(name), 0) ?? 0;
  const verdict = given('verdict');
  return {
    id: Number(textOf(id).split('-')[0]),
    at: count('at'),
    app: text('app'),
    method: text('method'),
    host: text('host'),
    path: text('path'),
    status: numberOr(given('status'), null),
    error: textOr(given('error'), null),
    address: textOr(given('address'), null),
    ms: count('ms'),
    bytesOut: count('bytesOut'),
    bytesIn: count('bytesIn'),
    cached: given('cached') === true,
    tries: count('tries'),
    verdict: VERDICTS.find((known) => known === verdict) ?? 'state',
    rule: textOr(given('rule'), null),
  };
}

function parse(text: string): (name: string) => unknown {
  try {
    const value: unknown = JSON.parse(text);
    return (name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined);
  } catch {
    return () => undefined;
  }
}

const textOr = (value: unknown, other: string | null): string | null => (typeof value === 'string' ? value : other);
const numberOr = (value: unknown, other: number | null): number | null => (typeof value === 'number' ? value : other);
