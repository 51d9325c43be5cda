/**
 * What a policy says of one request, as data: errors, journal rows and `explain` are made from it. Trusted side, pure.
 */
import type { RateKey } from '../limits/rates.ts';
import type { Entry } from './entry.ts';

/** Why a request is refused, by name. */
export type RefusalKind =
  /** No entry covers the host. */
  | 'no_entry'
  /** An entry covers the host, none the port. */
  | 'port'
  /** An entry denies it. */
  | 'denied'
  /** http: where no entry lets it. */
  | 'http'
  /** The target is written as an address. */
  | 'literal';

export interface PolicyVerdict {
  /** Null: it may go. */
  readonly refusal: RefusalKind | null;
  /** Report mode: what would have been refused, and was let through. */
  readonly reported: RefusalKind | null;
  /** The entry whose bounds hold for the request; null where none does. */
  readonly entry: Entry | null;
  /** The entry that decided or the closest one, as the operator knows it: `api.example.com`, of the app or of all. */
  readonly rule: string | null;
  /** Every bucket that the request draws on if it goes. */
  readonly buckets: readonly RateKey[];
}
