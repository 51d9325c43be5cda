/**
 * The options of `openEgress`, in one table. Trusted side; the values are the host program's.
 */
import type { Clock } from '../net/clock.ts';
import type { Resolve } from '../net/dial/resolve.ts';
import { OPEN_OPTIONS } from '../net/net-options.ts';
import { custom, type OptionsOf, type Read, text } from '../net/options.ts';

/** Where the state is. */
export type StatePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string };

export const EGRESS_OPTIONS = Object.freeze({
  state: custom<StatePlace, undefined>({
    type: 'text',
    range: "'sqlite:PATH', ':memory:'",
    default: undefined,
    doc: 'Where policy, limits, secrets, cache and journal are kept. Needed.',
    read: readPlace,
  }),
  keyFile: text({
    default: null,
    doc: "The file with the key that secrets are sealed with, where CASPIAN_EGRESS_KEY does not hold it. The state's path with .key.",
  }),
  allowFsRead: OPEN_OPTIONS.allowFsRead,
  allowFsWrite: OPEN_OPTIONS.allowFsWrite,
  resolve: OPEN_OPTIONS.resolve,
  ca: OPEN_OPTIONS.ca,
  userAgent: OPEN_OPTIONS.userAgent,
  clock: OPEN_OPTIONS.clock,
});

export type EgressOptions = Omit<OptionsOf<typeof EGRESS_OPTIONS>, 'state' | 'resolve' | 'clock'> & {
  readonly state: string;
  readonly resolve?: Resolve | undefined;
  readonly clock?: Clock | undefined;
};

function readPlace(raw: unknown): Read<StatePlace> {
  if (raw === ':memory:') return { value: { kind: 'sqlite', path: ':memory:' } };
  const [, path = ''] = typeof raw === 'string' ? (/^sqlite:(.+)$/s.exec(raw) ?? []) : [];
  return path === '' ? { refused: "must be 'sqlite:PATH' or ':memory:'" } : { value: { kind: 'sqlite', path } };
}
