/**
 * Prints figures: one table a row. A ratio is always ours ÷ the peer's, in the row's unit.
 */
import { BUSY, describeMachine } from './machine.ts';
import type { Figure, Measured, Target } from './row.ts';

export function header(): string {
  const { cpu, cpus, memoryGiB, platform, node, load, date } = describeMachine();
  return `${cpu}, ${cpus} CPUs, ${memoryGiB} GiB, ${platform}, Node ${node}, load ${load.join(' ')}, ${date}\n`;
}

export function table(measured: Measured): string {
  const { row, figures, missing, failed, busy, stolen } = measured;
  const others = [...new Set(figures.flatMap(({ also }) => Object.keys(also)))];
  const lines = figures.map((figure) => [
    figure.name,
    amount(figure.median),
    `${amount(figure.min)}–${amount(figure.max)}`,
    ...others.map((name) => (name in figure.also ? amount(figure.also[name] ?? Number.NaN) : '')),
    figure.ratio === null ? '' : figure.ratio.toPrecision(3),
    verdicts(measured, figure),
  ]);
  const head = [row.unit, 'median', 'min–max', ...others, 'ours ÷ it', 'target'];
  const notes = [
    ...missing.map(({ name, install }) => `  missing: ${name} (${install})`),
    ...failed.map(({ name, reason }) => `  failed: ${name}: ${reason}`),
    ...(busy >= BUSY ? [`  BUSY: others used ${Math.round(busy * 100)} % of the machine when this row began`] : []),
    ...(stolen >= BUSY
      ? [`  STOLEN: the host gave ${Math.round(stolen * 100)} % of the machine to others meanwhile`]
      : []),
  ];
  const title = `${row.name}: ${row.title} (${row.better} is better, ${rounds(figures)} rounds)`;
  return [title, ...align([head, ...lines]), ...notes, ''].join('\n');
}

/** Each target that a line answers: absolute ones stand on our own line, ratios on the peer's. */
function verdicts({ row }: Measured, figure: Figure): string {
  return row.targets
    .filter(({ peer }) => (peer === null ? figure.ours : peer === figure.name))
    .map((target) => {
      const found = target.peer === null ? figure.median : figure.ratio;
      const verdict = found === null ? 'not measured' : isMet(target, found) ? 'met' : 'MISSED';
      return `${target.is} ${target.value}: ${verdict}`;
    })
    .join(', ');
}

export function isMet(target: Target, found: number): boolean {
  return target.is === '≥' ? found >= target.value : found <= target.value;
}

/** The same as data: everything the tables show, and each round. */
export function asData(all: readonly Measured[]) {
  return {
    machine: describeMachine(),
    rows: all.map(({ row, figures, missing, failed, busy, stolen }) => ({
      name: row.name,
      title: row.title,
      unit: row.unit,
      better: row.better,
      busyAtStart: busy,
      stolen,
      figures,
      targets: row.targets.map((target) => {
        const figure = figures.find(({ name, ours }) => (target.peer === null ? ours : name === target.peer));
        const found = (target.peer === null ? figure?.median : figure?.ratio) ?? null;
        return { ...target, found, met: found === null ? null : isMet(target, found) };
      }),
      missing,
      failed,
    })),
  };
}

function rounds(figures: readonly Figure[]): number {
  return Math.max(0, ...figures.map((figure) => figure.rounds.length));
}

function amount(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

function align(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === line.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}
