/**
 * `logs`: the journal from the shell, as it is and as it goes on. Trusted side.
 */
import { type JournalFilter, type NumberedRow, STATUS_WORDS } from '../../egress/journal/row.ts';
import { CaspianError } from '../../errors/classes.ts';
import { systemClock } from '../../net/clock.ts';
import { UsageError } from '../arguments.ts';
import { escapeLine } from '../terminal.ts';
import { type Context, type Given, type OperatorCommand, type Step, value } from './command.ts';
import type { Column } from './output.ts';

const SHOWN = 100;
const MOST_ROWS = 100_000;
/** How often new rows are looked for. */
const FOLLOW_MS = 500;
/** As a table shows them; one that is longer is cut. */
const COLUMNS: readonly Column[] = [
  { key: 'time', most: 24 },
  { key: 'app', most: 20 },
  { key: 'method', most: 9 },
  { key: 'host', most: 40 },
  { key: 'path', most: 60 },
  { key: 'status', most: 24 },
  { key: 'ms', most: 9 },
  { key: 'in', most: 12 },
  { key: 'out', most: 12 },
  { key: 'tries', most: 5 },
  { key: 'cached', most: 6 },
  { key: 'verdict', most: 8 },
  { key: 'rule', most: 80 },
];

type Filter = Omit<JournalFilter, 'limit' | 'afterId'>;

function logs(given: Given): Step {
  const filter = readFilter(given);
  const limit = given.count('limit') ?? SHOWN;
  if (limit < 1 || limit > MOST_ROWS) throw new UsageError(`--limit must be from 1 to ${MOST_ROWS}`);
  const follows = given.flag('follow');
  return async (context) => {
    const { egress, output } = context;
    const rows = await egress.journal({ ...filter, limit });
    if (follows) await follow(context, filter, rows);
    else await output.rows(COLUMNS, rows.map(rowOf), 'no call');
    return 0;
  };
}

function readFilter(given: Given): Filter {
  const since = given.duration('since');
  return {
    since: since === undefined ? undefined : Date.now() - since,
    app: given.app ?? undefined,
    host: given.host ?? undefined,
    status: readStatus(given.optional('status')),
  };
}

function readStatus(written: string | undefined): string | undefined {
  if (written === undefined || STATUS_WORDS.includes(written) || /^[1-5][0-9]{2}$/.test(written)) return written;
  throw new UsageError(`--status=${written}: this must be a status such as 404, or one of: ${STATUS_WORDS.join(', ')}`);
}

/** Shows these rows and what comes, until the operator ends it. A state that is away for a while is waited for. */
async function follow({ egress, output, signal }: Context, filter: Filter, first: readonly NumberedRow[]) {
  const show = output.stream(COLUMNS);
  let afterId = 0;
  let rows = first;
  let isAway = false;
  while (true) {
    await show(rows.map(rowOf));
    afterId = rows.at(-1)?.id ?? afterId;
    await pause(signal);
    if (signal.aborted) return;
    try {
      rows = await egress.journal({ ...filter, afterId, limit: MOST_ROWS });
      if (isAway) tell('the journal can be read again');
      isAway = false;
    } catch (error) {
      if (!(error instanceof CaspianError) || error.code !== 'NET_SOCKET') throw error;
      if (!isAway) tell(`${error.message}; it is tried again`);
      isAway = true;
      rows = [];
    }
  }
}

function tell(line: string): void {
  process.stderr.write(`caspian-net: ${escapeLine(line)}\n`);
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
    if (signal.aborted) over();
  });
}

function rowOf(row: NumberedRow) {
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

export const LOGS_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'logs',
    doc: 'the journal: one row a call, the newest last',
    options: {
      since: value('of the last while: 1h'),
      app: value('of this app'),
      host: value('to this host'),
      status: value(`a status such as 404, or one of: ${STATUS_WORDS.join(', ')}`),
      limit: value(`the newest so many; ${SHOWN} if nothing is said`),
      follow: { type: 'boolean', describe: 'go on with what comes, until Ctrl-C' },
    },
    effect: 'looks',
    prepare: logs,
  },
];
