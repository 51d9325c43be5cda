/**
 * The two curves, drawn by uPlot. What they show is said in words as well, for who does not see them.
 */
import uPlot from 'uplot';
import type { Snapshot } from '../stats.ts';
import { milliseconds, part, perSecond, whole } from './text.ts';

const HEIGHT_PX = 190;
const FONT = '11px system-ui, sans-serif';

interface Curve {
  readonly colour: string;
  readonly filled?: boolean;
}

/** Counts from zero up; durations by powers of ten, since a slow call is a hundred times a quick one. */
const SCALES: Readonly<Record<'linear' | 'logarithmic', uPlot.Scale>> = {
  linear: { range: (_plot, _low, high) => [0, Math.max(1, (high ?? 0) * 1.1)] },
  logarithmic: { distr: 3 },
};

class Chart {
  readonly #element: HTMLElement;
  readonly #curves: readonly Curve[];
  readonly #format: (value: number) => string;
  readonly #scale: uPlot.Scale;
  #data: uPlot.AlignedData = [[]];
  #plot: uPlot | null = null;

  constructor(id: string, curves: readonly Curve[], format: (value: number) => string, scale: keyof typeof SCALES) {
    this.#element = part(id, HTMLElement);
    this.#curves = curves;
    this.#format = format;
    this.#scale = SCALES[scale];
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  show(data: uPlot.AlignedData, words: string): void {
    this.#data = data;
    this.#element.setAttribute('aria-label', words);
    if (this.#plot === null) this.#draw();
    else this.#plot.setData(data);
  }

  #size(): { width: number; height: number } {
    return { width: this.#element.clientWidth, height: this.#element.clientHeight || HEIGHT_PX };
  }

  /** Anew, since uPlot keeps colours as they were. */
  #draw(): void {
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`);
    const [quiet, line] = [colour('quiet'), colour('line')];
    const axis = { stroke: quiet, font: FONT, ticks: { show: false }, grid: { stroke: line, width: 1 } };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { y: this.#scale },
        axes: [
          {
            ...axis,
            grid: { show: false },
            values: (_plot, ats) => ats.map(minutes),
            // A minute a mark; where there is no room for that, more.
            incrs: [60, 120, 300],
            space: 40,
            size: 26,
          },
          {
            ...axis,
            values: (_plot, values) => values.map((value) => (value === null ? null : this.#format(value))),
            size: 58,
            space: 36,
          },
        ],
        series: [
          {},
          ...this.#curves.map(({ colour: name, filled }) => ({
            stroke: colour(name),
            width: 1.5,
            points: { show: false },
            ...(filled === true ? { fill: `${colour(name)}22` } : {}),
          })),
        ],
      },
      this.#data,
      this.#element,
    );
  }
}

function minutes(at: number): string {
  const date = new Date(at * 1_000);
  return [date.getHours(), date.getMinutes()].map((each) => String(each).padStart(2, '0')).join(':');
}

/** Draws both, each time it is called. */
export function charts(): (snapshot: Snapshot) => void {
  const calls = new Chart(
    'calls-chart',
    [{ colour: 'ok', filled: true }, { colour: 'denied' }, { colour: 'failed' }],
    perSecond,
    'linear',
  );
  const latency = new Chart(
    'latency-chart',
    [{ colour: 'p50' }, { colour: 'p95' }, { colour: 'p99' }],
    milliseconds,
    'logarithmic',
  );
  return ({ until, series, ...figures }) => {
    const { ok, denied, failed, p50, p95, p99 } = series;
    const ats = ok.map((_, index) => until - ok.length + 1 + index);
    calls.show(
      [ats, [...ok], [...denied], [...failed]],
      `of the last five minutes: ${whole(figures.calls)} ${figures.calls === 1 ? 'call' : 'calls'}, ${whole(figures.denied)} denied, ${whole(figures.failed)} failed`,
    );
    const words = [figures.p50, figures.p95, figures.p99].map(milliseconds).join(', ');
    latency.show([ats, [...p50], [...p95], [...p99]], `p50, p95 and p99 of the last minute: ${words}`);
  };
}
