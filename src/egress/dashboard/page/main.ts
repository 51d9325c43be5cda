/**
 * The dashboard's page: shows what the server tells, changes nothing. Runs in the operator's browser, under a policy that
 * lets it ask nobody else.
 */
import type { NumberedRow } from '../../journal/row.ts';
import type { View } from '../told.ts';
import { charts } from './charts.ts';
import { JournalView } from './journal.ts';
import { showLists } from './lists.ts';
import { milliseconds, part, perSecond, whole } from './text.ts';

const drawCharts = charts();
const journal = new JournalView();

function connection(state: 'live' | 'away', words: string): void {
  const element = part('connection', HTMLElement);
  if (element.dataset['state'] === state && element.textContent === words) return;
  element.dataset['state'] = state;
  element.textContent = words;
}

function figure(id: string, text: string, some = false): void {
  const element = part(id, HTMLElement);
  element.textContent = text;
  element.classList.toggle('some', some);
}

function show(snapshot: View): void {
  connection('live', 'live');
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
  const rows: readonly NumberedRow[] = JSON.parse(data);
  journal.add(rows);
});
events.addEventListener('snapshot', ({ data }) => show(JSON.parse(data)));
events.addEventListener('away', () => connection('away', "the state can't be reached"));
events.addEventListener('error', () => connection('away', 'the dashboard has ended, or is away'));
