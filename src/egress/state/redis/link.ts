/**
 * What a process knows of a shared state at any moment: the policy's version, the server's time, and how many processes
 * share it. Trusted side. Changes are heard of by subscription; a beat every second finds a subscription that is deaf, and
 * a server that lost what it held. A new connection is a new version, whatever the server says: it may be another server.
 */
import { SocketError } from '../../../errors/classes.ts';
import { type Clock, systemClock, type Timer } from '../../../net/clock.ts';
import { Connection } from './connection.ts';
import type { RedisPlace } from './place.ts';
import type { RedisClient } from './redis-client.ts';
import { listOf, numberOf } from './reply.ts';

const BEAT_MS = 1_000;
/** A process that has not been heard of for so long shares no more. */
const GONE_MS = 5_000;

/** The version, the time in seconds and microseconds, and how many share. A server that is full still answers. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.pcall('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], 10 * ARGV[2])
return {redis.call('GET', KEYS[1]) or '0', time[1], time[2], redis.call('ZCARD', KEYS[2])}
`;

export class Link {
  readonly connection: Connection;
  readonly #place: RedisPlace;
  readonly #owner: string;
  readonly #clock: Clock;
  #beat: Timer | null = null;
  /** Of this process: what the server counts may begin anew. */
  #version = 0;
  #theirs = 0;
  #aheadMs = 0;
  #sharers = 1;
  #closed = false;

  /** `owner` names this process among all that share the state. */
  constructor(place: RedisPlace, owner: string, clock: Clock = systemClock) {
    this.#place = place;
    this.#owner = owner;
    this.#clock = clock;
    this.connection = new Connection(place, (client) => this.#begin(client), clock);
  }

  key(name: string): string {
    return `${this.#place.prefix}:${name}`;
  }

  async open(): Promise<void> {
    await this.connection.open();
    this.#beatLater();
  }

  async #begin(client: Pick<RedisClient, 'command' | 'subscribe'>): Promise<void> {
    await client.subscribe(this.key('changes'), (message) => this.noticed(numberOf(message)));
    this.#know(await client.command(this.#question()));
    this.#version += 1;
  }

  #question(): readonly string[] {
    return ['EVAL', BEAT, '2', this.key('version'), this.key('sharers'), this.#owner, String(GONE_MS)];
  }

  #know(reply: unknown): void {
    const [version, seconds, micros, sharers] = listOf(reply);
    this.#aheadMs = Math.round(numberOf(seconds) * 1_000 + numberOf(micros) / 1_000 - Date.now());
    this.#sharers = Math.max(1, numberOf(sharers));
    this.noticed(numberOf(version));
  }

  /** The server's version is this now. */
  noticed(theirs: number): void {
    if (theirs === this.#theirs) return;
    this.#theirs = theirs;
    this.#version += 1;
  }

  /** Raises SocketError while there is no connection that hears of changes. */
  get version(): number {
    if (!this.connection.isUp) throw new SocketError('the state can not be reached', { retryable: true });
    return this.#version;
  }

  /** Milliseconds since 1970, as the server counts them. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  get sharers(): number {
    return this.#sharers;
  }

  #beatLater(): void {
    if (this.#closed) return;
    this.#beat = this.#clock.after(BEAT_MS, () => void this.#beatNow());
  }

  async #beatNow(): Promise<void> {
    try {
      if (this.connection.isUp) this.#know(await this.connection.command(this.#question()));
    } catch {
      // A server that can't say how the policy stands is as good as none.
      this.connection.drop();
    }
    this.#beatLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#beat?.cancel();
    await this.connection.close();
  }
}
