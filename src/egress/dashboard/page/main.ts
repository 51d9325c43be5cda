/**
 * The dashboard's page: shows what the server tells, changes nothing. Runs in the operator's browser, under a policy that
 * lets it ask nobody else.
 */
import type { ToldRow, View } from '../told.ts';
import { charts } from './charts.ts';
import { JournalView } from './journal.ts';
import { showLists } from './lists.ts';
import { clockTime, milliseconds, part, perSecond, whole } from './text.ts';

const drawCharts = charts();
const journal = new JournalView(() => connection());
/** Why nothing comes; null while it does. */
let away: string | null = null;
/** When the last figures came. */
let lastAt: number | null = null;

/** Says at the top how it stands; and everywhere, as long as what is shown is old. */
function connection(): void {
  const element = part('connection', HTMLElement);
  const live = journal.isPaused ? (['paused', 'journal paused'] as const) : (['live', 'live'] as const);
  const [state, words] = away === null ? live : ['away', away];
  if (element.dataset['state'] !== state || element.textContent !== words) {
    element.dataset['state'] = state;
    element.textContent = words;
  }
  const stale = part('stale', HTMLElement);
  stale.hidden = away === null || lastAt === null;
  document.body.classList.toggle('stale', !stale.hidden);
  if (lastAt !== null) stale.textContent = `Not live: ${away}. This was so at ${clockTime(lastAt).slice(0, 8)}.`;
}

function lost(why: string): void {
  away = why;
  connection();
}

function figure(id: string, text: string, some = false): void {
  const element = part(id, HTMLElement);
  element.textContent = text;
  element.classList.toggle('some', some);
}

function show(snapshot: View): void {
  away = null;
  lastAt = Date.now();
  connection();
  figure('per-second', perSecond(snapshot.perSecond));
  for (const name of ['p50', 'p95', 'p99'] as const) figure(name, milliseconds(snapshot[name]));
  for (const name of ['denied', 'failed'] as const) figure(name, whole(snapshot[name]), snapshot[name] > 0);
  drawCharts(snapshot);
  showLists(snapshot, {
    onHost: (name) => journal.filterBy('host', name),
    onApp: (name) => journal.filterBy('app', name),
  });
}

const events = new EventSource('events');
events.addEventListener('open', () => void journal.load());
events.addEventListener('rows', ({ data }) => {
  const rows: readonly ToldRow[] = JSON.parse(data);
  journal.add(rows);
});
events.addEventListener('snapshot', ({ data }) => show(JSON.parse(data)));
events.addEventListener('away', () => lost("the state can't be reached"));
events.addEventListener('error', () => lost('the dashboard has ended, or is away'));
