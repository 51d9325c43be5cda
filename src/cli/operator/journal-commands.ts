/**
 * `logs`, `cache` and `fetch`: what goes through an egress, from the shell. Trusted side.
 */
import type { JournalRow } from '../../egress/journal/row.ts';
import { systemClock } from '../../net/clock.ts';
import { UsageError } from '../arguments.ts';
import { APP, type Context, type Given, type OperatorCommand } from './command.ts';
import type { Cell } from './output.ts';

const SHOWN = 100;
const MOST_ROWS = 100_000;
/** How often new rows are looked for. */
const FOLLOW_MS = 500;
const HEADINGS = [
  'time',
  'app',
  'method',
  'host',
  'path',
  'status',
  'ms',
  'in',
  'out',
  'tries',
  'cached',
  'verdict',
  'rule',
];

async function logs(given: Given, { egress, output, signal }: Context): Promise<number> {
  const since = given.duration('since');
  const filter = {
    ...(since === undefined ? {} : { since: Date.now() - since }),
    ...optional('app', given.app ?? undefined),
    ...optional('host', given.optional('host')?.toLowerCase()),
    ...optional('status', given.optional('status')),
  };
  const limit = given.count('limit') ?? SHOWN;
  if (limit < 1 || limit > MOST_ROWS) throw new UsageError(`--limit must be from 1 to ${MOST_ROWS}`);
  let rows = await egress.journal({ ...filter, limit });
  output.rows(HEADINGS, rows.map(rowOf), 'no call');
  while (given.flag('follow') && !signal.aborted) {
    const afterId = rows.at(-1)?.id ?? 0;
    await pause(signal);
    const more = await egress.journal({ ...filter, afterId, limit: MOST_ROWS });
    if (more.length === 0) continue;
    output.rows(HEADINGS, more.map(rowOf), '');
    rows = more;
  }
  return 0;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The timer of the clock does not keep a process alive by itself, and this one has nothing else to do.
    const alive = setInterval(() => {}, FOLLOW_MS);
    const over = (): void => {
      clearInterval(alive);
      signal.removeEventListener('abort', over);
      resolve();
    };
    systemClock.after(FOLLOW_MS, over);
    signal.addEventListener('abort', over);
  });
}

function rowOf(row: JournalRow): Readonly<Record<string, Cell>> {
  return {
    time: new Date(row.at).toISOString(),
    app: row.app,
    method: row.method,
    host: row.host,
    path: row.path,
    status: row.error ?? row.status,
    ms: row.ms,
    in: row.bytesIn,
    out: row.bytesOut,
    tries: row.tries,
    cached: row.cached,
    verdict: row.verdict,
    rule: row.rule,
    address: row.address,
  };
}

async function cacheStats(_given: Given, { egress, output }: Context): Promise<number> {
  output.fields({ ...(await egress.cacheStats()) });
  return 0;
}

async function clearCache(given: Given, { egress, output }: Context): Promise<number> {
  const host = given.optional('host') ?? null;
  output.done(`${await egress.clearCache({ host })} entries are gone`);
  return 0;
}

/** One call as an app would make it: the body on standard output, the rest on standard error. */
async function fetchUrl(given: Given, { egress, signal }: Context): Promise<number> {
  const net = egress.net({ app: given.app ?? 'operator' });
  const auth = given.optional('auth');
  const response = await net.fetch(given.text('url'), { signal, ...(auth === undefined ? {} : { auth }) });
  process.stderr.write(`${response.status} ${response.reason}\n`);
  for await (const chunk of response) process.stdout.write(chunk);
  return response.ok ? 0 : 1;
}

const VALUE = { type: 'string', requiresArg: true } as const;

export const JOURNAL_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'logs',
    doc: 'the journal: one row a call, the newest last',
    options: {
      since: { ...VALUE, describe: 'of the last while: 1h' },
      app: { ...VALUE, describe: 'of this app' },
      host: { ...VALUE, describe: 'to this host' },
      status: { ...VALUE, describe: 'a status, error, or a verdict: ok, denied, reported' },
      limit: { ...VALUE, describe: `the newest so many; ${SHOWN} if nothing is said` },
      follow: { type: 'boolean', describe: 'go on with what comes, until Ctrl-C' },
    },
    run: logs,
  },
  {
    form: 'fetch <url>',
    doc: 'make a call as an app would, and print the body',
    options: { app: APP, auth: { ...VALUE, describe: 'the name of a secret to send along' } },
    run: fetchUrl,
  },
  { form: 'cache stats', doc: 'entries and bytes', options: {}, run: cacheStats },
  {
    form: 'cache clear',
    doc: 'empty the cache, or the part of one host',
    options: { host: { ...VALUE, describe: 'of this host alone' } },
    run: clearCache,
  },
];
