/**
 * What the server tells the page. Plain data: both sides read it, and the page has no Node.
 */
import type { NumberedRow } from '../journal/row.ts';
import type { LimitUse } from '../limits/use.ts';
import type { Snapshot } from './stats.ts';

export type View = Snapshot & { readonly limits: readonly LimitUse[] };

export type Told =
  /** The newest rows since the last ones, the newest last. */
  | { readonly type: 'rows'; readonly data: readonly NumberedRow[] }
  | { readonly type: 'snapshot'; readonly data: View }
  /** The state can't be reached now; it is asked again. */
  | { readonly type: 'away'; readonly data: null };
