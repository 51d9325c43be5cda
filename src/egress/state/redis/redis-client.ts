/**
 * One connection to a server by the official client: the only file that takes it, loaded when such a state is opened.
 * Trusted side. The client never connects again by itself: what is to be known anew then is known where that is decided.
 */
import { readFileSync } from 'node:fs';
import { createClient, RESP_TYPES } from '@redis/client';
import { parseIp } from '../../../net/address/ip.ts';
import type { RedisPlace, TlsFiles } from './place.ts';

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

/** `onLost` is called once: when the connection ends, however it does. Raises where a file of the place can't be read. */
export function connectRedis(place: RedisPlace, onLost: () => void): RedisClient {
  const { host, port, tls, username, password, database } = place;
  const common = { host, port, reconnectStrategy: false } as const;
  const client = createClient({
    socket: tls === null ? common : { ...common, ...tlsOptions(host, tls) },
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
  const hide = (error: unknown): never => {
    throw withoutSecret(error, password);
  };
  return {
    ready: client.connect().catch(hide),
    get isLost() {
      return lost;
    },
    command: (args) => client.sendCommand(args, { timeout: 0, typeMapping: BYTES }).catch(hide),
    subscribe: (channel, heard) => client.subscribe(channel, (message) => heard(message)).catch(hide),
    destroy: lose,
  };
}

/** SECURITY: a server may say back what it was told (test/egress/redis-servers.test.ts). */
function withoutSecret(error: unknown, password: string | null): Error {
  const { message } = error instanceof Error ? error : new Error('unknown');
  return new Error(password === null ? message : message.replaceAll(password, '***'));
}

/** Files are read for each connection, so that a certificate that was renewed is taken. */
function tlsOptions(host: string, { ca, cert }: TlsFiles) {
  const pem = cert === null ? null : readFileSync(cert);
  return {
    tls: true,
    // A name of SNI is never an address; the certificate is held against the host in any case.
    ...(parseIp(host) === null ? { servername: host } : {}),
    ...(ca === null ? {} : { ca: readFileSync(ca) }),
    ...(pem === null ? {} : { cert: pem, key: pem }),
  } as const;
}
