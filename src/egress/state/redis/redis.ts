/**
 * The state in Redis or Valkey: several machines share it. Trusted side. Two connections, so that large bodies and long
 * searches hold up no question of policy or limits.
 */
import { randomUUID } from 'node:crypto';
import type { State } from '../state.ts';
import { RedisCache } from './cache.ts';
import { Connection } from './connection.ts';
import { RedisJournal } from './journal.ts';
import { RedisRates, RedisSlots } from './limits.ts';
import { Link } from './link.ts';
import type { RedisPlace } from './place.ts';
import { RedisPolicy, RedisSecrets } from './policy.ts';

/** Raises SocketError if the server can't be reached now; afterwards it may come and go. */
export async function openRedis(place: RedisPlace): Promise<State> {
  const link = new Link(place, randomUUID());
  const bulk = new Connection(place);
  const close = async (): Promise<void> => {
    await Promise.all([link.close(), bulk.close()]);
  };
  try {
    await link.open();
    await bulk.open();
  } catch (error) {
    await close();
    throw error;
  }
  const key = (name: string): string => link.key(name);
  return {
    kind: 'redis',
    now: () => link.now(),
    sharers: () => link.sharers,
    policy: new RedisPolicy(link),
    secrets: new RedisSecrets(link),
    rates: new RedisRates(link),
    slots: new RedisSlots(link),
    cache: new RedisCache(bulk, key),
    journal: new RedisJournal(bulk, key),
    close,
  };
}
