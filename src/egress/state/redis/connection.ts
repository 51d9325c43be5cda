/**
 * One connection to a Redis server, kept up: every command has a bound, one that is not answered in time ends the
 * connection, and a new one is tried for until it is there. While there is none a command raises at once. Trusted side.
 */
import { SocketError } from '../../../errors/classes.ts';
import { type Clock, systemClock, type Timer } from '../../../net/clock.ts';
import type { RedisPlace } from './place.ts';
import type { RedisClient } from './redis-client.ts';

/** The most that an answer, or a connection, is waited for. */
const ANSWER_MS = 1_000;
const AGAIN_MS = 250;

/** What is done on each new connection before anybody may use it. */
export type Prepare = (client: Pick<RedisClient, 'command' | 'subscribe'>) => Promise<void>;

export class Connection {
  readonly #place: RedisPlace;
  readonly #prepare: Prepare;
  readonly #clock: Clock;
  #client: RedisClient | null = null;
  #again: Timer | null = null;
  #closed = false;
  readonly #waiting = new Set<Promise<unknown>>();

  constructor(place: RedisPlace, prepare: Prepare = async () => {}, clock: Clock = systemClock) {
    this.#place = place;
    this.#prepare = prepare;
    this.#clock = clock;
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  /** For the first time. Raises SocketError; afterwards it is tried again for as long as it takes. */
  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (cause) {
      await this.close();
      const why = cause instanceof Error ? cause.message : 'unknown';
      throw new SocketError(`the state ${this.#name} can not be opened: ${why}`, { cause });
    }
  }

  async #connect(): Promise<void> {
    const { connectRedis } = await import('./redis-client.ts');
    const client: RedisClient = connectRedis(this.#place, () => this.#lost(client));
    const end = (): void => client.destroy();
    try {
      await this.#bounded(client.ready, end);
      await this.#prepare({
        command: (args) => this.#bounded(client.command(args), end),
        subscribe: (channel, heard) => this.#bounded(client.subscribe(channel, heard), end),
      });
      if (this.#closed || client.isLost) throw this.#away();
    } catch (error) {
      end();
      throw error;
    }
    this.#client = client;
  }

  #lost(client: RedisClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#tryAgain();
  }

  #tryAgain(): void {
    if (this.#closed) return;
    this.#again = this.#clock.after(AGAIN_MS, () => {
      this.#connect().catch(() => this.#tryAgain());
    });
  }

  /** Raises SocketError where there is no connection or no answer, and where the server says that something is wrong. */
  async command(args: readonly (string | Buffer)[]): Promise<unknown> {
    const client = this.#client;
    if (client === null) throw this.#away();
    const answer = this.#bounded(client.command(args), () => client.destroy());
    this.#waiting.add(answer);
    try {
      return await answer;
    } catch (cause) {
      throw cause instanceof SocketError ? cause : this.#refuses(cause);
    } finally {
      this.#waiting.delete(answer);
    }
  }

  #refuses(cause: unknown): SocketError {
    const why = cause instanceof Error ? cause.message : 'unknown';
    return new SocketError(`the state ${this.#name} refuses: ${why}`, { cause });
  }

  /** Ends the connection; another is made. */
  drop(): void {
    this.#client?.destroy();
  }

  #bounded<T>(answer: Promise<T>, onLate: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = this.#clock.after(ANSWER_MS, () => {
        late = true;
        // What has come while this process was busy is read first.
        setImmediate(() => {
          if (!late) return;
          onLate();
          reject(this.#away());
        });
      });
      const over = (): void => {
        late = false;
        timer.cancel();
      };
      answer.finally(over).then(resolve, reject);
    });
  }

  #away(): SocketError {
    return new SocketError(`the state ${this.#name} can not be reached`, { retryable: true });
  }

  /** Without what only the server should see. */
  get #name(): string {
    const { host, port, tls } = this.#place;
    return `redis${tls === null ? '' : 's'}://${host}:${port}`;
  }

  /** Waits for what was asked already, as long as that may take. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#again?.cancel();
    while (this.#waiting.size > 0) {
      await Promise.allSettled(this.#waiting);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const client = this.#client;
    this.#client = null;
    client?.destroy();
  }
}
