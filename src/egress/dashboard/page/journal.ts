/**
 * The journal's newest rows, with filters: what was there is asked for, what comes is added on top.
 */
import type { ToldRow } from '../told.ts';
import { bytes, clockTime, part, textElement } from './text.ts';

const MOST_ROWS = 200;
/** Typing is over after so long. */
const TYPING_MS = 250;

export class JournalView {
  readonly #form = part('filters', HTMLFormElement);
  readonly #body = part('rows', HTMLTableSectionElement);
  readonly #found = part('found', HTMLElement);
  readonly #pause = part('pause', HTMLButtonElement);
  #newestId = -1;
  /** Rows that came while older ones were asked for; null while nothing is. */
  #early: ToldRow[] | null = null;
  #asked = 0;
  #typing = 0;
  #isPaused = false;

  /** `onPause`: it is paused, or goes on. */
  constructor(onPause: () => void) {
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => void this.load(), TYPING_MS);
    });
    // The fields are empty only after this event.
    this.#form.addEventListener('reset', () => setTimeout(() => void this.load(), 0));
    this.#pause.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      this.#pause.textContent = this.#isPaused ? 'Resume' : 'Pause';
      this.#pause.classList.toggle('paused', this.#isPaused);
      onPause();
      if (!this.#isPaused) void this.load();
    });
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Filters by one name and shows the journal. */
  filterBy(field: 'app' | 'host', name: string): void {
    this.#form.reset();
    const input = this.#form.elements.namedItem(field);
    if (!(input instanceof HTMLInputElement)) return;
    input.value = name;
    input.focus();
    void this.load();
  }

  #filter(): Readonly<Record<'app' | 'host' | 'verdict', string>> {
    const data = new FormData(this.#form);
    const text = (name: string): string => String(data.get(name) ?? '').trim();
    return { app: text('app'), host: text('host').toLowerCase(), verdict: text('verdict') };
  }

  /** Asks for the newest rows that the filters let through. */
  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#early = [];
    const rows = await ask(this.#filter());
    if (asked !== this.#asked) return;
    const early = this.#early ?? [];
    this.#early = null;
    this.#body.replaceChildren();
    this.#newestId = -1;
    this.#put(rows ?? []);
    this.#put(early.filter((row) => this.#isAsked(row)));
    const isFiltered = Object.values(this.#filter()).some((value) => value !== '');
    const none = isFiltered ? 'No call is like that.' : 'No call yet.';
    this.#say(rows === null ? 'The rows could not be had.' : none);
  }

  /** Rows that have come, the newest last. */
  add(rows: readonly ToldRow[]): void {
    if (this.#early !== null) this.#early.push(...rows);
    else if (this.#isPaused) return;
    // Of so many only the newest were told, and what is filtered for may be among the others.
    else if (rows.length >= MOST_ROWS) void this.load();
    else this.#put(rows.filter((row) => this.#isAsked(row)));
  }

  /** Said to who does not see the rows, and only when it is something else. */
  #say(without: string): void {
    const words = this.#body.rows.length === 0 ? without : 'The newest first.';
    if (this.#found.textContent !== words) this.#found.textContent = words;
  }

  #put(rows: readonly ToldRow[]): void {
    for (const row of rows) {
      if (row.id <= this.#newestId) continue;
      this.#newestId = row.id;
      this.#body.prepend(rowElement(row));
    }
    while (this.#body.rows.length > MOST_ROWS) this.#body.deleteRow(-1);
    if (rows.length > 0) this.#say('');
  }

  /** As the journal's own filter decides. */
  #isAsked(row: ToldRow): boolean {
    const filter = this.#filter();
    const { app, host, verdict, error, status } = row;
    if (filter.app !== '' && filter.app !== app) return false;
    if (filter.host !== '' && filter.host !== host) return false;
    if (filter.verdict === 'failed') return row.failed;
    const isWrong = error !== null || verdict === 'denied' || verdict === 'error' || (status ?? 0) >= 400;
    return filter.verdict === '' || (filter.verdict === 'error' ? isWrong : filter.verdict === verdict);
  }
}

/** Null where they could not be had. */
async function ask(filter: Readonly<Record<string, string>>): Promise<readonly ToldRow[] | null> {
  try {
    const response = await fetch(`rows?${new URLSearchParams(filter)}`);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function rowElement(told: ToldRow): HTMLElement {
  const { at, app, method, host, path, verdict, status, error, ms, bytesIn, rule } = told;
  // Said in words too: a verdict that is ok does not tell.
  const failed = told.failed ? ' failed' : '';
  const row = document.createElement('tr');
  const call = textElement('td', 'call', '');
  call.append(
    textElement('span', 'method', method),
    ' ',
    textElement('span', 'host', host),
    textElement('span', 'path', path),
  );
  row.append(
    textElement('td', 'time', clockTime(at)),
    textElement('td', 'app', app),
    call,
    textElement('td', `verdict ${verdict}${failed}`, verdict),
    textElement('td', `status${error === null ? failed : ' code'}`, error ?? `${status ?? '–'}${failed}`),
    textElement('td', 'ms number', ms < 10 ? ms.toFixed(1) : String(Math.round(ms))),
    textElement('td', 'in number', bytes(bytesIn)),
    textElement('td', 'rule', rule ?? ''),
  );
  return row;
}
