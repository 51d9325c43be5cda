/**
 * What may be had at once, and how much of it is leased now by all processes on the state. Plain data.
 */
export interface LimitUse {
  /** Null: all apps together. */
  readonly app: string | null;
  readonly held: number;
  readonly limit: number;
  /** As `100/min`. */
  readonly rate: string;
}
