/**
 * What a row of the bench is: contestants that do the same thing, and targets for ours. Nothing here gates: a target
 * that is missed is printed, never an exit code.
 */

/** What one round gave: the figure, others to show beside it, and what was computed, where all must compute the same. */
export interface Sample {
  readonly value: number;
  readonly also?: Readonly<Record<string, number>> | undefined;
  readonly result?: string | undefined;
}

/** A contestant that has been started. */
export interface Runner {
  round(): Promise<Sample>;
  close(): Promise<void>;
}

/** Something that a contestant can't do without. */
export interface Need {
  /** Whether it is here. */
  readonly met: () => boolean;
  /** The command that installs it. */
  readonly install: string;
}

export interface Contestant {
  readonly name: string;
  readonly needs?: readonly Need[];
  /** For one that is slow: most rounds that it takes part in. */
  readonly mostRounds?: number;
  start(): Promise<Runner>;
}

/** `peer` null: the figure itself, not a ratio. */
export interface Target {
  readonly peer: string | null;
  readonly is: '≥' | '≤';
  readonly value: number;
}

export interface Row {
  /** `family` or `family.row`, as the command line takes it. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly rounds: number;
  /** Rounds before those, that do not count. 1 */
  readonly warmRounds?: number;
  readonly targets: readonly Target[];
  /** The first is ours. What is put into `stack` lives as long as the row is being measured. */
  contestants(stack: AsyncDisposableStack): Promise<readonly Contestant[]> | readonly Contestant[];
}

export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
  /** Medians of the other figures. */
  readonly also: Readonly<Record<string, number>>;
  readonly ours: boolean;
  /** Median over the rounds of ours ÷ this one; null for ours, and where ours is missing. */
  readonly ratio: number | null;
}

export interface Measured {
  readonly row: Row;
  readonly figures: readonly Figure[];
  /** Contestants that are not installed, with the command that installs them. */
  readonly missing: readonly { readonly name: string; readonly install: string }[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
  /** Share of the machine's CPU time that others used just before the row began. */
  readonly busy: number;
  /** Share of the machine's CPU time that its host gave to other virtual machines during the row. */
  readonly stolen: number;
}
