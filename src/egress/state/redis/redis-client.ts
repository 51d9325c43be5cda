/**
 * One connection to a server by the official client: the only file that takes it, loaded when such a state is opened.
 * Trusted side. The client never connects again by itself: what is to be known anew then is known where that is decided.
 */
import { createClient, RESP_TYPES } from '@redis/client';
import type { RedisPlace } from './place.ts';

export interface RedisClient {
  /** Settles when it is connected, or can't be. */
  readonly ready: Promise<unknown>;
  /** Whether it has ended. */
  readonly isLost: boolean;
  /** Texts in the answer are bytes. */
  command(args: readonly (string | Buffer)[]): Promise<unknown>;
  /** What is published there from now on. */
  subscribe(channel: string, heard: (message: string) => void): Promise<void>;
  /** Everything that waits for an answer raises. */
  destroy(): void;
}

const BYTES = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** `onLost` is called once: when the connection ends, however it does. */
export function connectRedis(place: RedisPlace, onLost: () => void): RedisClient {
  const { host, port, tls, username, password, database } = place;
  const common = { host, port, reconnectStrategy: false } as const;
  const client = createClient({
    socket: tls ? { ...common, tls: true, servername: host } : common,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    database,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // Waits are bounded by whoever asks.
    commandOptions: { timeout: 0, typeMapping: BYTES },
  });
  let lost = false;
  const lose = (): void => {
    if (lost) return;
    lost = true;
    client.destroy();
    onLost();
  };
  client.on('error', lose);
  client.on('end', lose);
  return {
    ready: client.connect(),
    get isLost() {
      return lost;
    },
    command: (args) => client.sendCommand(args, { timeout: 0, typeMapping: BYTES }),
    subscribe: (channel, heard) => client.subscribe(channel, (message) => heard(message)),
    destroy: lose,
  };
}
