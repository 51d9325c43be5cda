/**
 * Rates and slots in Redis, each question one script. Trusted side. The sum of a bucket is that of bucket.ts.
 */
import type { Rate } from '../../../net/grants/narrowing.ts';
import type { RateStore, SlotStore, Taken } from '../state.ts';
import type { Link } from './link.ts';
import { listOf, numberOf, textOf } from './reply.ts';
import { Script } from './script.ts';

/** A bucket that is full is nobody's to remember; so much longer, since clocks differ. */
const KEPT_MS = 60_000;

/** KEYS: the bucket. ARGV: want, milliseconds a token, burst, now, how long it is kept. */
const TAKE = new Script(`
local want, per, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = tonumber(redis.call('GET', KEYS[1]) or '0')
local full = math.min(kept, now + burst * per)
local there = burst - math.max(0, full - now) / per + 1e-6
local granted = math.max(0, math.min(want, math.floor(there)))
if granted > 0 then full = math.max(full, now) + granted * per end
if full ~= kept then
  redis.call('SET', KEYS[1], string.format('%.17g', full), 'PX', math.ceil(math.max(0, full - now)) + ARGV[5])
end
return {granted, granted > 0 and 0 or math.max(1, math.ceil((1 - there) * per))}
`);

const PUT_BACK = new Script(`
local full = redis.call('GET', KEYS[1])
if full then redis.call('SET', KEYS[1], string.format('%.17g', tonumber(full) - tonumber(ARGV[1])), 'KEEPTTL') end
`);

export class RedisRates implements RateStore {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  async take(key: string, want: number, rate: Rate, burst: number, now: number): Promise<Taken> {
    const args = [want, rate.perMs / rate.count, burst, now, KEPT_MS];
    const [granted, waitMs] = listOf(await TAKE.run(this.#link.connection, [this.#key(key)], args));
    return { granted: numberOf(granted), waitMs: numberOf(waitMs) };
  }

  async putBack(key: string, tokens: number, rate: Rate): Promise<void> {
    await PUT_BACK.run(this.#link.connection, [this.#key(key)], [(tokens * rate.perMs) / rate.count]);
  }

  #key(key: string): string {
    return this.#link.key(`rate:${key}`);
  }
}

/**
 * For every script of slots. KEYS: until when each owner's lease runs; the names of all that slots were leased of. `hold`
 * sets what an owner holds of one; `sum` is what all hold whose lease runs, and forgets the others.
 */
const SLOTS = `
local owners, names = KEYS[1], KEYS[2]
local function place(name) return names .. ':' .. name end
local function hold(name, owner, count)
  if count > 0 then
    redis.call('HSET', place(name), owner, count)
    redis.call('SADD', names, name)
  else
    redis.call('HDEL', place(name), owner)
    if redis.call('EXISTS', place(name)) == 0 then redis.call('SREM', names, name) end
  end
end
local function held(name, owner) return tonumber(redis.call('HGET', place(name), owner) or '0') end
local function sum(name, now)
  local total, all = 0, redis.call('HGETALL', place(name))
  for at = 1, #all, 2 do
    local till = redis.call('ZSCORE', owners, all[at])
    if till and tonumber(till) > now then total = total + tonumber(all[at + 1]) else hold(name, all[at], 0) end
  end
  return total
end
`;

/** ARGV: name, owner, want, limit, now, until when. */
const LEASE = new Script(`${SLOTS}
local name, owner, now = ARGV[1], ARGV[2], tonumber(ARGV[5])
local granted = math.max(0, math.min(tonumber(ARGV[3]), tonumber(ARGV[4]) - sum(name, now)))
if granted > 0 then
  hold(name, owner, held(name, owner) + granted)
  redis.call('ZADD', owners, ARGV[6], owner)
end
redis.call('ZREMRANGEBYSCORE', owners, '-inf', now)
return granted
`);

/** ARGV: name, owner, how many. */
const GIVE_BACK = new Script(`${SLOTS}
hold(ARGV[1], ARGV[2], held(ARGV[1], ARGV[2]) - tonumber(ARGV[3]))
`);

/** ARGV: owner, until when, and pairs of a name and how many are held. */
const RENEW = new Script(`${SLOTS}
for _, name in ipairs(redis.call('SMEMBERS', names)) do hold(name, ARGV[1], 0) end
redis.call('ZADD', owners, ARGV[2], ARGV[1])
for at = 3, #ARGV, 2 do hold(ARGV[at], ARGV[1], tonumber(ARGV[at + 1])) end
`);

/** ARGV: owner. */
const GIVE_ALL_BACK = new Script(`${SLOTS}
for _, name in ipairs(redis.call('SMEMBERS', names)) do hold(name, ARGV[1], 0) end
redis.call('ZREM', owners, ARGV[1])
`);

/** ARGV: now. */
const HELD = new Script(`${SLOTS}
local all = {}
for _, name in ipairs(redis.call('SMEMBERS', names)) do
  table.insert(all, name)
  table.insert(all, sum(name, tonumber(ARGV[1])))
end
return all
`);

export class RedisSlots implements SlotStore {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  #run(script: Script, ...args: readonly (string | number)[]): Promise<unknown> {
    return script.run(this.#link.connection, this.#keys(), args);
  }

  #keys(): readonly string[] {
    return [this.#link.key('slot-owners'), this.#link.key('slots')];
  }

  async lease(key: string, owner: string, want: number, limit: number, now: number, ttlMs: number): Promise<number> {
    return numberOf(await this.#run(LEASE, key, owner, want, limit, now, now + ttlMs));
  }

  async giveBack(key: string, owner: string, slots: number): Promise<void> {
    await this.#run(GIVE_BACK, key, owner, slots);
  }

  async renew(owner: string, held: ReadonlyMap<string, number>, now: number, ttlMs: number): Promise<void> {
    const args = [owner, now + ttlMs, ...[...held].flat()];
    // By its digest a server that does not know it would be asked twice, and leases of meanwhile be undone.
    await RENEW.runWhole(this.#link.connection, this.#keys(), args);
  }

  async giveBackAll(owner: string): Promise<void> {
    await this.#run(GIVE_ALL_BACK, owner);
  }

  async held(now: number): Promise<ReadonlyMap<string, number>> {
    const flat = listOf(await this.#run(HELD, now));
    const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[textOf(name), numberOf(flat[at + 1])] as const] : []));
    return new Map(pairs.filter(([, count]) => count > 0));
  }
}
