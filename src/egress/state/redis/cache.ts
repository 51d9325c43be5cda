/**
 * Responses kept in Redis. Trusted side. Size-capped by a count of its own, whatever else the server holds; the least
 * recently used go first.
 */
import type { CachedResponse, CacheEntry, CacheStats, CacheStore } from '../state.ts';
import type { Connection } from './connection.ts';
import { bytesOf, listOf, numberOf, textOf } from './reply.ts';
import { Script, type ScriptArgument } from './script.ts';

/** How many go in one step when all go: a bound on how long others wait. */
const CLEARED = 500;

/**
 * KEYS: bytes in all; when each entry was used; when it expires; its size and host. Entries and the entries of a host are
 * keys below the first. `drop` forgets an entry.
 */
const CACHE = `
local bytes, used, expires, about = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local function place(key) return bytes .. ':entry:' .. key end
local function ofHost(host) return bytes .. ':host:' .. host end
local function drop(key)
  local found = redis.call('HGET', about, key)
  if found then
    local size, host = string.match(found, '^(%d+) (.*)$')
    redis.call('DECRBY', bytes, size)
    redis.call('SREM', ofHost(host), key)
    redis.call('HDEL', about, key)
  end
  redis.call('ZREM', used, key)
  redis.call('ZREM', expires, key)
  redis.call('DEL', place(key))
end
`;

/** ARGV: key, now. */
const GET = new Script(`${CACHE}
local till = redis.call('ZSCORE', expires, ARGV[1])
if not till or tonumber(till) <= tonumber(ARGV[2]) then return nil end
redis.call('ZADD', used, 'XX', ARGV[2], ARGV[1])
local found = redis.call('HMGET', place(ARGV[1]), 'meta', 'body')
if not found[2] then
  drop(ARGV[1])
  return nil
end
return {found[1], found[2], till}
`);

/** ARGV: key, now, expires, size, host, meta, body, the most bytes. */
const PUT = new Script(`${CACHE}
drop(ARGV[1])
for _, key in ipairs(redis.call('ZRANGEBYSCORE', expires, '-inf', ARGV[2], 'LIMIT', 0, 100)) do drop(key) end
local sum = redis.call('INCRBY', bytes, ARGV[4])
redis.call('HSET', place(ARGV[1]), 'meta', ARGV[6], 'body', ARGV[7])
redis.call('HSET', about, ARGV[1], ARGV[4] .. ' ' .. ARGV[5])
redis.call('ZADD', used, ARGV[2], ARGV[1])
redis.call('ZADD', expires, ARGV[3], ARGV[1])
redis.call('SADD', ofHost(ARGV[5]), ARGV[1])
for _ = 1, 1000 do
  if sum <= tonumber(ARGV[8]) then break end
  drop(redis.call('ZRANGE', used, 0, 0)[1])
  sum = tonumber(redis.call('GET', bytes))
end
`);

/** ARGV: how many, and the host, if it is of one. */
const CLEAR = new Script(`${CACHE}
local keys
if ARGV[2] then keys = redis.call('SRANDMEMBER', ofHost(ARGV[2]), ARGV[1])
else keys = redis.call('ZRANGE', used, 0, ARGV[1] - 1) end
for _, key in ipairs(keys) do drop(key) end
return #keys
`);

const STATS = new Script(`${CACHE}
return {redis.call('ZCARD', used), redis.call('GET', bytes) or '0'}
`);

export class RedisCache implements CacheStore {
  readonly #connection: Connection;
  readonly #keys: readonly string[];

  constructor(connection: Connection, key: (name: string) => string) {
    this.#connection = connection;
    this.#keys = ['cache', 'cache-used', 'cache-expires', 'cache-about'].map(key);
  }

  #run(script: Script, ...args: readonly ScriptArgument[]): Promise<unknown> {
    return script.run(this.#connection, this.#keys, args);
  }

  async get(key: string, now: number): Promise<CachedResponse | null> {
    const found = await this.#run(GET, key, now);
    if (!Array.isArray(found)) return null;
    const [meta, body, expiresAt] = listOf(found);
    return { meta: textOf(meta), body: bytesOf(body), expiresAt: numberOf(expiresAt) };
  }

  version(): null {
    return null;
  }

  async put({ key, host, expiresAt, meta, body }: CacheEntry, now: number, maxBytes: number): Promise<void> {
    const size = body.length + meta.length;
    if (size > maxBytes) return;
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    await this.#run(PUT, key, now, expiresAt, size, host, meta, bytes, maxBytes);
  }

  async clear(host: string | null): Promise<number> {
    let gone = 0;
    for (;;) {
      const step = numberOf(await this.#run(CLEAR, CLEARED, ...(host === null ? [] : [host])));
      gone += step;
      if (step < CLEARED) return gone;
    }
  }

  async stats(): Promise<CacheStats> {
    const [entries, bytes] = listOf(await this.#run(STATS));
    return { entries: numberOf(entries), bytes: numberOf(bytes) };
  }
}
