/**
 * A listener that blocks the script's thread while it waits for a peer. Powerless: it stands for a listener of the
 * kernel's. Semantics: spec/surface.md, "Listeners".
 */
import type { WireValue } from '../wire/codec.ts';
import { SELECTED, type Selected } from './select.ts';
import { expectNumber, expectRecord, type Session } from './session.ts';
import { openTcpSocket, openTlsSocket, type SocketTimeout, type SyncTcpSocket } from './sync-socket.ts';

/** A TCP or TLS listener: `accept` blocks this thread until a peer has come, or raises TimeoutError. */
export class SyncListener {
  readonly #session: Session;
  readonly #handle: number;
  readonly #secure: boolean;
  /** Seconds that an `accept` may take unless it says otherwise; null: no limit. */
  readonly timeout: number | null;
  /** The address that it listens at. */
  readonly localHost: string;
  readonly localPort: number;

  /** `answer`: what the kernel said when it began to listen. */
  constructor(session: Session, answer: WireValue, timeout: number | null) {
    const { handle = null, localHost, localPort, secure } = expectRecord(answer, 'tcpListen');
    this.#session = session;
    this.#handle = expectNumber(handle, 'tcpListen');
    this.#secure = secure === true;
    this.timeout = timeout;
    this.localHost = String(localHost);
    this.localPort = Number(localPort);
  }

  /**
   * The next peer, a SyncTlsSocket if the listener speaks TLS. A peer whose handshake fails is never seen here. Raises
   * TimeoutError, and SocketError once the listener is closed.
   */
  accept({ timeout = this.timeout }: SocketTimeout = {}): SyncTcpSocket {
    const answer = this.#session.call('listener.accept', this.#handle, [timeout], timeout);
    return this.#secure ? openTlsSocket(this.#session, answer) : openTcpSocket(this.#session, answer);
  }

  /** Stops listening and resets the peers that nobody has accepted. Sockets that were accepted stay. Again: nothing. */
  close(): void {
    this.#session.call('listener.close', this.#handle, []);
  }

  get [SELECTED](): Selected {
    return { handle: this.#handle, readable: false, writable: false };
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
