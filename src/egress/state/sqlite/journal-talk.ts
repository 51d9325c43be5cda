/**
 * What passes between a journal's thread and the loop that calls are made on: plain data, and two words that both see.
 * Trusted on both sides.
 */
import type { JournalFilter, NumberedRow } from '../../journal/row.ts';
import type { JournalValue } from './journal.ts';

/** What a thread is started with. */
export interface JournalPlace {
  readonly journal: string;
  /** The file of the state, whose log is written back by this thread too. */
  readonly state: string;
  readonly words: Int32Array<SharedArrayBuffer>;
}

/** The words: how many appends are done, well or not; and a count that grows with everything that is done. */
export const APPENDED = 0;
export const BEAT = 1;
export const WORDS = 2;

export type JournalAsk =
  | { readonly kind: 'append'; readonly values: JournalValue[]; readonly dropped: number }
  | { readonly kind: 'query'; readonly filter: JournalFilter }
  | { readonly kind: 'purge'; readonly before: number }
  | { readonly kind: 'dropped' | 'close' };

/** One that was asked, under a number that the reply has again. */
export interface JournalMessage {
  readonly number: number;
  readonly ask: JournalAsk;
}

export interface JournalReply {
  readonly number: number;
  /** What was wrong; null if nothing was. */
  readonly error: string | null;
  /** Of a query. */
  readonly rows: readonly NumberedRow[];
  /** What was dropped; of a purge, 1 where there is more. */
  readonly count: number;
}
