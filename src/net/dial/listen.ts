/**
 * Where to listen: from a permitted target to an address of this machine, and the opening itself. Trusted side.
 */
import type { Server } from 'node:net';
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { type IpAddress, parseIp } from '../address/ip.ts';
import type { Target } from '../address/target.ts';
import { type Bounds, runStep } from './deadline.ts';
import { type ListenAt, openServer } from './powers.ts';
import { translate } from './translate.ts';

/**
 * The address to listen at. A name would let whoever answers for it choose the interface, so the one name that is taken
 * is `localhost`, for 127.0.0.1 (RFC 6761 section 6.3). Raises ArgumentError for any other.
 */
export function listenAddress({ host, written }: Target): IpAddress {
  const ip = host.kind === 'ip' ? host.ip : host.text === 'localhost' ? parseIp('127.0.0.1') : null;
  if (ip !== null) return ip;
  throw new ArgumentError(`${escapeText(written)} is no address to listen at`, { hint: 'write 0.0.0.0 or 127.0.0.1' });
}

/** Done when the system listens. `prepare` sees the server before that, so that it misses nothing. */
export function startServer(at: ListenAt, bounds: Bounds, prepare: (server: Server) => void): Promise<Server> {
  return runStep<Server>(bounds, ({ done, failed }) => {
    const server = openServer(at);
    const fail = (error: unknown): void => {
      server.close(() => {});
      failed(translate(error, { ...bounds.about, phase: 'accept' }));
    };
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      done(server);
    });
    prepare(server);
    return () => server.close(() => {});
  });
}
