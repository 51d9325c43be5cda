/**
 * What the dashboard says of the last minutes, counted from rows of the journal. Trusted side, pure; names in the rows are
 * text from outside. What is kept is bounded, however many calls and names there are.
 */
import { hasFailed, type JournalRow } from '../journal/row.ts';
import { Histogram } from './histogram.ts';

/** Seconds that the dashboard shows. */
export const WINDOW_S = 300;
/** Rows come up to a second late, and are looked for twice a second: what is newer is not whole yet. */
const LATE_S = 2;
/** A point of the curve of durations stands for so many seconds; the figures beside it for so many. */
const SMOOTH_S = 10;
const FIGURES_S = 60;
/** Clocks of other machines may be ahead of ours by so much. */
const AHEAD_S = 30;
/** Names that one second keeps. */
const MOST_NAMES = 200;
const TOP = 8;

export type Outcome = 'ok' | 'denied' | 'failed';

export interface AppCount {
  readonly name: string;
  readonly calls: number;
  readonly denied: number;
  readonly failed: number;
}

export interface HostCount {
  readonly name: string;
  readonly count: number;
}

/** Numbers by second, the oldest first. */
export interface Series {
  readonly ok: readonly number[];
  readonly denied: readonly number[];
  readonly failed: readonly number[];
  /** Milliseconds; null where there was no call. */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

export interface Snapshot {
  /** The last second of the series, since 1970. */
  readonly until: number;
  readonly series: Series;
  /** Of the last minute. */
  readonly perSecond: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Of the whole window. */
  readonly calls: number;
  readonly denied: number;
  readonly failed: number;
  /** Those with the most denials. */
  readonly deniedHosts: readonly HostCount[];
  /** How many there are that have any. */
  readonly deniedHostCount: number;
  /** Those with the most calls. */
  readonly apps: readonly AppCount[];
  /** As with hosts. */
  readonly appCount: number;
  /** False where a second had more names than it keeps: there are more than these counts say. */
  readonly namesAreAll: boolean;
}

type Counts = Record<Outcome, number>;

interface Second {
  readonly counts: Counts;
  readonly durations: Histogram;
  readonly deniedHosts: Map<string, number>;
  readonly apps: Map<string, Counts>;
}

/** How a call ended, in one word. */
export function outcomeOf(row: Pick<JournalRow, 'verdict' | 'error' | 'status'>): Outcome {
  if (row.verdict === 'denied') return 'denied';
  return hasFailed(row) ? 'failed' : 'ok';
}

export class Stats {
  readonly #seconds = new Map<number, Second>();

  /** Counts a row in the second that its call ended in. `now`: milliseconds since 1970. */
  add(row: JournalRow, now: number): void {
    const at = Math.floor((row.at + row.ms) / 1_000);
    const present = Math.floor(now / 1_000);
    const isNear = at > present - LATE_S - WINDOW_S && at <= present + AHEAD_S;
    if (row.verdict === 'state' || !isNear) return;
    const second = this.#second(at);
    const outcome = outcomeOf(row);
    second.counts[outcome] += 1;
    // Only calls that went out say how fast the outside is.
    if (row.address !== null && !row.cached) second.durations.add(row.ms);
    count(second.apps, row.app, outcome);
    if (outcome === 'denied' && (second.deniedHosts.has(row.host) || second.deniedHosts.size < MOST_NAMES)) {
      second.deniedHosts.set(row.host, (second.deniedHosts.get(row.host) ?? 0) + 1);
    }
  }

  #second(at: number): Second {
    let second = this.#seconds.get(at);
    if (second === undefined) {
      second = { counts: noCounts(), durations: new Histogram(), deniedHosts: new Map(), apps: new Map() };
      this.#seconds.set(at, second);
    }
    return second;
  }

  snapshot(now: number): Snapshot {
    const until = Math.floor(now / 1_000) - LATE_S;
    for (const at of this.#seconds.keys()) if (at <= until - WINDOW_S) this.#seconds.delete(at);
    const series = this.#series(until);
    const durations = this.#durations(until - FIGURES_S + 1, until);
    const [denied, failed] = [sum(series.denied), sum(series.failed)];
    const [hosts, apps] = [this.#deniedHosts(until), this.#apps(until)];
    return {
      until,
      series,
      perSecond: sum([series.ok, series.denied, series.failed].flatMap((each) => each.slice(-FIGURES_S))) / FIGURES_S,
      p50: durations.percentile(0.5),
      p95: durations.percentile(0.95),
      p99: durations.percentile(0.99),
      calls: sum(series.ok) + denied + failed,
      denied,
      failed,
      deniedHosts: hosts.slice(0, TOP),
      deniedHostCount: hosts.length,
      apps: apps.slice(0, TOP),
      appCount: apps.length,
      namesAreAll: ![...this.#seconds.values()].some((each) => isFull(each.apps) || isFull(each.deniedHosts)),
    };
  }

  #series(until: number): Series {
    const ats = Array.from({ length: WINDOW_S }, (_, index) => until - WINDOW_S + 1 + index);
    const counts = ats.map((at) => this.#seconds.get(at)?.counts ?? noCounts());
    const sliding = new Histogram();
    const percentiles = ats.map((at, index) => {
      const comes = this.#seconds.get(at);
      const goes = index < SMOOTH_S ? undefined : this.#seconds.get(at - SMOOTH_S);
      if (comes !== undefined) sliding.addAll(comes.durations);
      if (goes !== undefined) sliding.removeAll(goes.durations);
      return [sliding.percentile(0.5), sliding.percentile(0.95), sliding.percentile(0.99)] as const;
    });
    return {
      ok: counts.map(({ ok }) => ok),
      denied: counts.map((each) => each.denied),
      failed: counts.map((each) => each.failed),
      p50: percentiles.map(([p50]) => p50),
      p95: percentiles.map(([, p95]) => p95),
      p99: percentiles.map(([, , p99]) => p99),
    };
  }

  #durations(from: number, until: number): Histogram {
    const all = new Histogram();
    for (const [at, { durations }] of this.#seconds) if (at >= from && at <= until) all.addAll(durations);
    return all;
  }

  #deniedHosts(until: number): readonly HostCount[] {
    const all = new Map<string, number>();
    for (const [at, { deniedHosts }] of this.#seconds) {
      if (at > until) continue;
      for (const [name, times] of deniedHosts) all.set(name, (all.get(name) ?? 0) + times);
    }
    const hosts = [...all].map(([name, times]) => ({ name, count: times }));
    return hosts.sort((one, other) => other.count - one.count || byName(one, other));
  }

  #apps(until: number): readonly AppCount[] {
    const all = new Map<string, Counts>();
    for (const [at, { apps }] of this.#seconds) {
      if (at > until) continue;
      for (const [name, { ok, denied, failed }] of apps) {
        const known = all.get(name) ?? noCounts();
        all.set(name, { ok: known.ok + ok, denied: known.denied + denied, failed: known.failed + failed });
      }
    }
    const apps = [...all].map(([name, { ok, denied, failed }]) => ({
      name,
      calls: ok + denied + failed,
      denied,
      failed,
    }));
    return apps.sort((one, other) => other.calls - one.calls || byName(one, other));
  }
}

function count(names: Map<string, Counts>, name: string, outcome: Outcome): void {
  const known = names.get(name);
  if (known !== undefined) known[outcome] += 1;
  else if (names.size < MOST_NAMES) names.set(name, { ...noCounts(), [outcome]: 1 });
}

function isFull(names: ReadonlyMap<string, unknown>): boolean {
  return names.size >= MOST_NAMES;
}

function noCounts(): Counts {
  return { ok: 0, denied: 0, failed: 0 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
