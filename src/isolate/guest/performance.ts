/** Performance, marks and measures (High Resolution Time, User Timing 3). Powerless; the clock has milliseconds. */
import { DOMException } from './dom-exception.ts';
import { EventTarget } from './events.ts';

const clock = Date.now;
let origin = clock();
let last = 0;

/** The time origin is when the isolate started, not when the snapshot behind it was made. */
export function startClock(): void {
  origin = clock();
  last = 0;
}

interface MeasureOptions {
  readonly start?: string | number;
  readonly end?: string | number;
  readonly duration?: number;
  readonly detail?: unknown;
}

export class PerformanceEntry {
  readonly name: string;
  readonly entryType: string;
  readonly startTime: number;
  readonly duration: number;

  constructor(name: string, entryType: string, startTime: number, duration: number) {
    this.name = name;
    this.entryType = entryType;
    this.startTime = startTime;
    this.duration = duration;
  }

  toJSON(): object {
    return { name: this.name, entryType: this.entryType, startTime: this.startTime, duration: this.duration };
  }
}

export class PerformanceMark extends PerformanceEntry {
  readonly detail: unknown;

  constructor(name: string, options: { readonly startTime?: number; readonly detail?: unknown } = {}) {
    const startTime = options?.startTime ?? performance.now();
    if (!(startTime >= 0)) throw new TypeError('startTime must be 0 or more');
    super(String(name), 'mark', startTime, 0);
    this.detail = options?.detail ?? null;
  }
}

export class PerformanceMeasure extends PerformanceEntry {
  readonly detail: unknown;

  constructor(name: string, startTime: number, duration: number, detail: unknown) {
    super(name, 'measure', startTime, duration);
    this.detail = detail ?? null;
  }
}

const entries: PerformanceEntry[] = [];

function timeOf(mark: string | number): number {
  if (typeof mark === 'number') return mark;
  const found = entries.findLast((entry) => entry.entryType === 'mark' && entry.name === mark);
  if (found === undefined) throw new DOMException(`there is no mark ${JSON.stringify(mark)}`, 'SyntaxError');
  return found.startTime;
}

export class Performance extends EventTarget {
  get timeOrigin(): number {
    return origin;
  }

  /** Never goes back, also where the system's clock does. */
  now(): number {
    last = Math.max(last, clock() - origin);
    return last;
  }

  mark(name: string, options?: { readonly startTime?: number; readonly detail?: unknown }): PerformanceMark {
    const mark = new PerformanceMark(name, options);
    entries.push(mark);
    return mark;
  }

  measure(name: string, startOrOptions?: string | MeasureOptions, endMark?: string): PerformanceMeasure {
    const options: MeasureOptions =
      typeof startOrOptions === 'object' && startOrOptions !== null
        ? startOrOptions
        : {
            ...(startOrOptions === undefined ? {} : { start: startOrOptions }),
            ...(endMark === undefined ? {} : { end: endMark }),
          };
    const { start, end, duration, detail } = options;
    const endTime =
      end !== undefined
        ? timeOf(end)
        : start !== undefined && duration !== undefined
          ? timeOf(start) + duration
          : this.now();
    const startTime = start !== undefined ? timeOf(start) : duration !== undefined ? endTime - duration : 0;
    const measure = new PerformanceMeasure(String(name), startTime, endTime - startTime, detail);
    entries.push(measure);
    return measure;
  }

  clearMarks(name?: string): void {
    drop('mark', name);
  }

  clearMeasures(name?: string): void {
    drop('measure', name);
  }

  getEntries(): PerformanceEntry[] {
    return entries.toSorted((one, other) => one.startTime - other.startTime);
  }

  getEntriesByType(type: string): PerformanceEntry[] {
    return this.getEntries().filter((entry) => entry.entryType === type);
  }

  getEntriesByName(name: string, type?: string): PerformanceEntry[] {
    return this.getEntries().filter((entry) => entry.name === name && (type === undefined || entry.entryType === type));
  }

  toJSON(): object {
    return { timeOrigin: origin };
  }
}

function drop(type: string, name: string | undefined): void {
  const kept = entries.filter((entry) => entry.entryType !== type || (name !== undefined && entry.name !== name));
  entries.splice(0, entries.length, ...kept);
}

export const performance = new Performance();
