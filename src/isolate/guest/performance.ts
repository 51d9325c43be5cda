/** Performance, marks and measures (High Resolution Time, User Timing 3). Powerless; the clock has milliseconds. */
import { structuredClone } from './clone.ts';
import { DOMException } from './dom-exception.ts';
import { EventTarget } from './events.ts';
import { attributes, dictionary, domString, held, hold, illegal, NONE } from './interface.ts';

const clock = Date.now;
let origin = clock();
let last = 0;

/** The time origin is when the isolate started, not when the snapshot behind it was made. */
export function startClock(): void {
  origin = clock();
  last = 0;
  hold(performance, { timeOrigin: origin });
}

/** Never goes back, also where the system's clock does. */
function now(): number {
  last = Math.max(last, clock() - origin);
  return last;
}

const secret = Symbol('only performance makes a measure');

interface MarkOptions {
  readonly startTime?: number;
  readonly detail?: unknown;
}

interface MeasureOptions {
  readonly start?: string | number;
  readonly end?: string | number;
  readonly duration?: number;
  readonly detail?: unknown;
}

const ENTRY = ['name', 'entryType', 'startTime', 'duration'] as const;

export class PerformanceEntry {
  declare readonly name: string;
  declare readonly entryType: string;
  declare readonly startTime: number;

  constructor(...[key]: readonly unknown[]) {
    if (key !== secret) throw illegal();
  }

  toJSON(): object {
    return Object.fromEntries([...ENTRY, 'detail'].map((name) => [name, held(this, name)]));
  }
}
attributes(PerformanceEntry, ...ENTRY);

export class PerformanceMark extends PerformanceEntry {
  constructor(name: string, options: MarkOptions = NONE) {
    super(secret);
    const { startTime = now(), detail = null } = dictionary(options);
    const start = Number(startTime);
    if (!(start >= 0 && start < Number.POSITIVE_INFINITY)) throw new TypeError('startTime must be 0 or more');
    hold(this, {
      name: domString(name),
      entryType: 'mark',
      startTime: start,
      duration: 0,
      detail: structuredClone(detail),
    });
  }
}
attributes(PerformanceMark, 'detail');

export class PerformanceMeasure extends PerformanceEntry {
  constructor(...[key, values]: readonly unknown[]) {
    super(key);
    hold(this, Object(values));
  }
}
attributes(PerformanceMeasure, 'detail');

const entries: PerformanceEntry[] = [];

/** Told of each entry that is made. */
let onEntry: (entry: PerformanceEntry) => void = () => {};

export function watchEntries(watch: (entry: PerformanceEntry) => void): void {
  onEntry = watch;
}

function keep<T extends PerformanceEntry>(entry: T): T {
  entries.push(entry);
  onEntry(entry);
  return entry;
}

function timeOf(mark: unknown): number {
  if (typeof mark === 'number') {
    if (!(mark >= 0)) throw new TypeError('a time must be 0 or more');
    return mark;
  }
  const name = domString(mark);
  const found = entries.findLast((entry) => entry.entryType === 'mark' && entry.name === name);
  if (found === undefined) throw new DOMException(`there is no mark ${JSON.stringify(name)}`, 'SyntaxError');
  return found.startTime;
}

/** Those of a list that fit, in order of their time. */
export function pick(list: readonly PerformanceEntry[], name?: string, type?: string): PerformanceEntry[] {
  return list
    .filter((entry) => (name === undefined || entry.name === name) && (type === undefined || entry.entryType === type))
    .sort((one, other) => one.startTime - other.startTime);
}

export class Performance extends EventTarget {
  declare readonly timeOrigin: number;

  constructor(...[key]: readonly unknown[]) {
    super();
    if (key !== secret) throw illegal();
  }

  now(): number {
    isPerformance(this);
    return now();
  }

  mark(name: string, options: MarkOptions = NONE): PerformanceMark {
    isPerformance(this);
    return keep(new PerformanceMark(name, options));
  }

  measure(
    name: string,
    startOrOptions: string | MeasureOptions | null = NONE,
    endMark: string | undefined = undefined,
  ): PerformanceMeasure {
    isPerformance(this);
    const isText = typeof startOrOptions !== 'object';
    const given: MeasureOptions = isText ? { start: startOrOptions } : dictionary(startOrOptions);
    const { start, end = endMark, duration, detail } = given;
    const says = [start, given.end, duration, detail].some((value) => value !== undefined);
    const tooMuch = start !== undefined && end !== undefined && duration !== undefined;
    const tooLittle = start === undefined && end === undefined;
    if (!isText && says && (endMark !== undefined || tooMuch || tooLittle)) {
      throw new TypeError('a measure has a start, an end, or one of them and a duration');
    }
    const length = duration === undefined ? undefined : Number(duration);
    const endTime =
      end !== undefined ? timeOf(end) : start !== undefined && length !== undefined ? timeOf(start) + length : now();
    const startTime = start !== undefined ? timeOf(start) : length !== undefined ? endTime - length : 0;
    const values = { name: domString(name), entryType: 'measure', startTime, duration: endTime - startTime };
    return keep(new PerformanceMeasure(secret, { ...values, detail: structuredClone(detail ?? null) }));
  }

  clearMarks(name: string | undefined = undefined): void {
    isPerformance(this);
    drop('mark', name);
  }

  clearMeasures(name: string | undefined = undefined): void {
    isPerformance(this);
    drop('measure', name);
  }

  getEntries(): PerformanceEntry[] {
    isPerformance(this);
    return pick(entries);
  }

  getEntriesByType(type: string): PerformanceEntry[] {
    isPerformance(this);
    return pick(entries, undefined, type);
  }

  getEntriesByName(name: string, type: string | undefined = undefined): PerformanceEntry[] {
    isPerformance(this);
    return pick(entries, name, type);
  }

  toJSON(): object {
    isPerformance(this);
    return { timeOrigin: origin };
  }
}
attributes(Performance, 'timeOrigin');

function isPerformance(object: object): void {
  if (object !== performance) throw illegal();
}

function drop(type: string, name: string | undefined): void {
  const kept = entries.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== name));
  entries.splice(0, entries.length, ...kept);
}

export const performance = new Performance(secret);
