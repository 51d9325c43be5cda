/** PerformanceObserver (Performance Timeline). Powerless. */
import { DOMException } from './dom-exception.ts';
import { dictionary, domString, illegal, NONE } from './interface.ts';
import { type PerformanceEntry, performance, pick, watchEntries } from './performance.ts';
import { setTimer } from './timers.ts';

const TYPES = Object.freeze(['mark', 'measure']);

const secret = Symbol('only an observer is given a list');

export class PerformanceObserverEntryList {
  readonly #entries: readonly PerformanceEntry[];

  constructor(...[key, entries]: readonly unknown[]) {
    if (key !== secret || !Array.isArray(entries)) throw illegal();
    this.#entries = entries;
  }

  getEntries(): PerformanceEntry[] {
    return pick(this.#entries);
  }

  getEntriesByType(type: string): PerformanceEntry[] {
    return pick(this.#entries, undefined, type);
  }

  getEntriesByName(name: string, type: string | undefined = undefined): PerformanceEntry[] {
    return pick(this.#entries, name, type);
  }
}

const observers = new Map<PerformanceObserver, (entry: PerformanceEntry) => void>();
watchEntries((entry) => {
  for (const observe of observers.values()) observe(entry);
});

type Callback = (list: PerformanceObserverEntryList, observer: PerformanceObserver) => void;

export class PerformanceObserver {
  readonly #callback: Callback;
  #types: ReadonlySet<string> = new Set();
  #kind: 'none' | 'one' | 'many' = 'none';
  #queue: PerformanceEntry[] = [];
  #waiting = false;

  constructor(callback: Callback) {
    if (typeof callback !== 'function') throw new TypeError('the callback must be a function');
    this.#callback = callback;
  }

  static get supportedEntryTypes(): readonly string[] {
    return TYPES;
  }

  observe(
    options: { readonly entryTypes?: Iterable<string>; readonly type?: string; readonly buffered?: boolean } = NONE,
  ): void {
    const { entryTypes, type, buffered } = dictionary(options);
    if ((entryTypes === undefined) === (type === undefined) || (entryTypes !== undefined && buffered !== undefined)) {
      throw new TypeError('observe takes entryTypes, or a type');
    }
    if (typeof entryTypes === 'string') throw new TypeError('entryTypes must be a list');
    const kind = type === undefined ? 'many' : 'one';
    if (this.#kind !== 'none' && this.#kind !== kind) {
      throw new DOMException('an observer takes entryTypes or a type, and stays with it', 'InvalidModificationError');
    }
    const known = [...(entryTypes ?? [domString(type)])].map(String).filter((one) => TYPES.includes(one));
    if (known.length === 0) return;
    this.#kind = kind;
    this.#types = new Set(kind === 'many' ? known : [...this.#types, ...known]);
    observers.set(this, (entry) => this.#take(entry));
    if (buffered && type !== undefined) for (const entry of performance.getEntriesByType(type)) this.#take(entry);
  }

  disconnect(): void {
    this.#queue = [];
    this.#types = new Set();
    this.#kind = 'none';
    observers.delete(this);
  }

  takeRecords(): PerformanceEntry[] {
    const taken = this.#queue;
    this.#queue = [];
    return taken;
  }

  #take(entry: PerformanceEntry): void {
    if (!this.#types.has(entry.entryType)) return;
    this.#queue.push(entry);
    if (this.#waiting) return;
    this.#waiting = true;
    setTimer(() => {
      this.#waiting = false;
      const entries = this.takeRecords();
      if (entries.length > 0)
        Reflect.apply(this.#callback, this, [new PerformanceObserverEntryList(secret, entries), this]);
    }, 0);
  }
}
