/**
 * The options of `openEgress`, in one table. Trusted side; the values are the host program's.
 */
import type { Clock } from '../net/clock.ts';
import type { Resolve } from '../net/dial/resolve.ts';
import { OPEN_OPTIONS } from '../net/net-options.ts';
import { custom, type OptionsOf, type Read, text } from '../net/options.ts';
import { REDIS_URL, type RedisPlace, readRedisUrl } from './state/redis/place.ts';

/** Where the state is. */
export type StatePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly place: RedisPlace };

export const EGRESS_OPTIONS = Object.freeze({
  state: custom<StatePlace, undefined>({
    type: 'text',
    range: "'sqlite:PATH', 'redis://HOST:PORT', ':memory:'",
    default: undefined,
    doc: 'Where policy, limits, secrets, cache and journal are kept. Needed.',
    read: readPlace,
  }),
  keyFile: text({
    default: null,
    doc: "The file with the key that secrets are sealed with, where CASPIAN_EGRESS_KEY does not hold it. With SQLite the state's path with .key; with Redis one of the two is needed.",
  }),
  allowFsRead: OPEN_OPTIONS.allowFsRead,
  allowFsWrite: OPEN_OPTIONS.allowFsWrite,
  resolve: OPEN_OPTIONS.resolve,
  dnsServers: OPEN_OPTIONS.dnsServers,
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
  if (typeof raw === 'string' && /^(redis|valkey)s*:/.test(raw)) {
    const place = readRedisUrl(raw);
    return place === null ? { refused: `must be ${REDIS_URL}` } : { value: { kind: 'redis', place } };
  }
  const [, path = ''] = typeof raw === 'string' ? (/^sqlite:(.+)$/s.exec(raw) ?? []) : [];
  if (path !== '') return { value: { kind: 'sqlite', path } };
  return { refused: "must be 'sqlite:PATH', 'redis://HOST:PORT' or ':memory:'" };
}
