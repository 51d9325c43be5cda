/**
 * What the server tells the page. Plain data: both sides read it, and the page has no Node.
 */
import type { NumberedRow } from '../journal/row.ts';
import type { LimitUse } from '../limits/use.ts';
import type { Snapshot } from './stats.ts';

/** A row, and whether its call is counted as failed. */
export type ToldRow = NumberedRow & { readonly failed: boolean };

export type View = Snapshot & { readonly limits: readonly LimitUse[] };

export type Told =
  /** The newest rows since the last ones, the newest last. */
  | { readonly type: 'rows'; readonly data: readonly ToldRow[] }
  | { readonly type: 'snapshot'; readonly data: View }
  /** The state can't be reached now; it is asked again. */
  | { readonly type: 'away'; readonly data: null };
