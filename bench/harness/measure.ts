/**
 * Measures a row: every contestant is started, and then they take turns, A B A B, so that a machine that slows down slows
 * all of them. Ratios are made round by round, for the same reason. The first rounds do not count; they are in turns too,
 * since one that stands still for seconds while another warms up is cold again: its connections have ended, and new ones
 * throw away compiled code that took for constant what the first one had set.
 */
import { availableParallelism } from 'node:os';
import { busyShare, stolenTime } from './machine.ts';
import type { Contestant, Figure, Measured, Row, Runner, Sample } from './row.ts';

/** A contestant under way. */
interface Entry {
  readonly contestant: Contestant;
  readonly runner: Runner;
  readonly samples: Sample[];
}

export async function measure(row: Row, options: { readonly rounds?: number | undefined }): Promise<Measured> {
  const busy = await busyShare();
  const stolenBefore = stolenTime();
  const start = performance.now();
  await using stack = new AsyncDisposableStack();
  const missing: { name: string; install: string }[] = [];
  const failed: { name: string; reason: string }[] = [];
  let entries: Entry[] = [];
  const contestants = await row.contestants(stack);
  for (const contestant of contestants) {
    const need = contestant.needs?.find(({ met }) => !met());
    if (need !== undefined) missing.push({ name: contestant.name, install: need.install });
    else {
      const entry = await enter(contestant, stack).catch(failure(contestant.name, failed));
      if (entry !== null) entries.push(entry);
    }
  }
  entries = await takeTurns(entries, row.warmRounds ?? 1, { failed, record: drop });
  entries = await takeTurns(entries, options.rounds ?? row.rounds, { failed, record: keep });
  entries = withoutDifferentResults(entries, failed);
  const ours = entries.find(({ contestant }) => contestant === contestants[0]);
  const stolen = (stolenTime() - stolenBefore) / (performance.now() - start) / availableParallelism();
  return { row, figures: figuresOf(entries, ours), missing, failed, busy, stolen };
}

function keep({ samples }: Entry, sample: Sample): void {
  samples.push(sample);
}

function drop(): void {
  // It was to warm up.
}

interface Turns {
  readonly failed: Measured['failed'][number][];
  readonly record: (entry: Entry, sample: Sample) => void;
}

/** Returns those that have not failed. */
async function takeTurns(entries: readonly Entry[], rounds: number, { failed, record }: Turns): Promise<Entry[]> {
  let going = [...entries];
  for (let round = 0; round < rounds; round++) {
    for (const entry of going) {
      if (round >= (entry.contestant.mostRounds ?? rounds)) continue;
      const sample = await entry.runner.round().catch(failure(entry.contestant.name, failed));
      if (sample !== null) record(entry, sample);
    }
    going = going.filter(({ contestant }) => !failed.some(({ name }) => name === contestant.name));
  }
  return going;
}

async function enter(contestant: Contestant, stack: AsyncDisposableStack): Promise<Entry> {
  const runner = await contestant.start();
  stack.defer(() => runner.close());
  return { contestant, runner, samples: [] };
}

function failure(name: string, failed: { name: string; reason: string }[]) {
  return (thrown: unknown): null => {
    failed.push({ name, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    return null;
  };
}

/** Contestants that compute must compute the same thing: those that do. */
function withoutDifferentResults(entries: readonly Entry[], failed: { name: string; reason: string }[]): Entry[] {
  const expected = entries[0]?.samples[0]?.result;
  return entries.filter(({ contestant, samples }) => {
    const found = samples[0]?.result;
    if (found !== expected) failed.push({ name: contestant.name, reason: `gave ${found}, not ${expected}` });
    return found === expected;
  });
}

/** `ours` undefined: it is missing or has failed, and there are no ratios. */
function figuresOf(entries: readonly Entry[], ours: Entry | undefined): Figure[] {
  return entries.map((entry) => {
    const rounds = entry.samples.map(({ value }) => value);
    const ratios = rounds.map((value, round) => (ours?.samples[round]?.value ?? Number.NaN) / value);
    return {
      name: entry.contestant.name,
      median: median(rounds),
      min: Math.min(...rounds),
      max: Math.max(...rounds),
      rounds,
      also: mediansOfRest(entry.samples),
      ours: entry === ours,
      ratio: entry === ours || ours === undefined ? null : median(ratios),
    };
  });
}

function mediansOfRest(samples: readonly Sample[]): Record<string, number> {
  const names = Object.keys(samples[0]?.also ?? {});
  return Object.fromEntries(names.map((name) => [name, median(samples.map(({ also }) => also?.[name] ?? Number.NaN))]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
