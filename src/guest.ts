/**
 * The package's door for a script's thread: joins a link that `serveNet` made in another thread.
 */

import { platform } from './engine/guest/powers.ts';
import type { LinkGuest } from './net/serve/serve-net.ts';
import { Caller } from './stdlib/caller.ts';
import { Session } from './stdlib/session.ts';
import { SyncNet } from './stdlib/sync-net.ts';
import type { By } from './wire/records.ts';

export interface ConnectOptions {
  /** Who is asking, for reports and the wording of denials; asked at each call. Default: the role `user`. */
  readonly by?: () => By;
  /** Milliseconds that the kernel may show no sign of life while a call waits; default 10,000. It shows one every 500. */
  readonly silenceMs?: number;
}

/**
 * The net behind a link, for this thread: every method blocks this thread and only it. One call per link.
 * Raises SocketError from any method once the link is closed or the kernel is gone.
 */
export function connectNet(guest: LinkGuest, options: ConnectOptions = {}): SyncNet {
  return new SyncNet(new Session(new Caller(guest.memory, platform(guest.port), options.silenceMs), options.by));
}

export { surface, USER_ROLE } from './engine/surface.ts';
export {
  AddressNotAllowedError,
  ArgumentError,
  BudgetExhaustedError,
  CaspianError,
  ConnectionRefusedError,
  ConnectionResetError,
  DnsFailureError,
  EncodingError,
  FileNotAllowedError,
  GrantSyntaxError,
  HostNotAllowedError,
  HttpStatusError,
  JsonError,
  LimitReachedError,
  NetworkError,
  PortNotAllowedError,
  ProtocolError,
  RateLimitedError,
  RevokedError,
  SecretNotAllowedError,
  SocketError,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
  TooLargeError,
} from './errors/classes.ts';
export { type SyncEvent, SyncEventSource } from './stdlib/sync-event-source.ts';
export { SyncHttpClient, type SyncJail } from './stdlib/sync-http.ts';
export { SyncListener } from './stdlib/sync-listener.ts';
export { SyncNet } from './stdlib/sync-net.ts';
export { SyncResponse } from './stdlib/sync-response.ts';
export { SyncTcpSocket, SyncTlsSocket } from './stdlib/sync-socket.ts';
export { SyncUdpSocket } from './stdlib/sync-udp.ts';
export { SyncWebSocket } from './stdlib/sync-web-socket.ts';
export type { By, LinkGuest };
