/**
 * An open connection: a socket of Node's, the address it leads to, and a memory of how it failed. Trusted side;
 * its owners are the sockets and the HTTP pool. It mends what Node forgets: a reset that is reported once, a TLS stream
 * cut short, data that had arrived before a write failed.
 */
import type { Socket } from 'node:net';
import { type CaspianError, ConnectionResetError } from '../../errors/classes.ts';
import type { IpAddress } from '../address/ip.ts';
import { type Target, targetText } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { SecureStream } from './handshake.ts';
import { translate } from './translate.ts';

/** What a connection is made of. `A` says whether the address was vetted: that of a peer who came by itself was not. */
export interface ConnectionParts<A extends IpAddress = IpAddress> {
  readonly tcp: Socket;
  /** What speaks TLS over it, if anything does. */
  readonly secure: SecureStream | null;
  readonly target: Target;
  readonly address: A;
  /** Pays for the bytes on the wire. */
  readonly payer: Capability | null;
  /** Bytes on the wire that have been paid for. */
  readonly paid: number;
}

type Side = 'recv' | 'send';

/** One failure, as each side tells of it. */
type Failure = Readonly<Record<Side, CaspianError>>;

type WriteCallback = (error?: Error | null) => void;

export class Connection<A extends IpAddress = IpAddress> {
  /** What to read from and write to. */
  readonly socket: Socket;
  /** What speaks TLS over the TCP connection; null if nothing does. */
  readonly secure: SecureStream | null;
  readonly target: Target;
  readonly address: A;
  readonly #tcp: Socket;
  #payer: Capability | null;
  #paid: number;
  /** Whether the payer's bytes are counted at all. */
  #counts: boolean;
  #failure: Failure | null = null;
  #onWriteFailure: (() => void) | null = null;
  #released = false;

  constructor(parts: ConnectionParts<A>) {
    this.#tcp = parts.tcp;
    this.#payer = parts.payer;
    this.#paid = parts.paid;
    this.#counts = parts.payer?.countsBytes === true;
    this.secure = parts.secure;
    this.socket = parts.secure?.socket ?? parts.tcp;
    this.target = parts.target;
    this.address = parts.address;
    this.#rememberErrors();
    this.#keepReadingAfterWriteFailure();
  }

  /** The application protocol that both sides agreed on (RFC 7301); null if none was offered or taken. */
  get alpn(): string | null {
    const agreed = this.secure?.socket.alpnProtocol;
    return typeof agreed === 'string' && agreed !== '' ? agreed : null;
  }

  /**
   * How the connection failed, or null: a reset, an error of the system, or a TLS stream that ended without saying so; for
   * whoever reads or for whoever writes. Linux reports a reset once and Node may pass it for an end; what is returned here
   * stays. Ask when the stream has ended: bytes that had arrived before are still delivered.
   */
  failure(side: Side = 'recv'): CaspianError | null {
    if (this.secure?.cutShort() && this.#failure === null) {
      const error = this.#truncated();
      this.#failure = { recv: error, send: error };
    }
    return this.#failure?.[side] ?? null;
  }

  /** Calls `listener` if a write fails. The stream can still be read to its end. One listener; a later one replaces it. */
  onWriteFailure(listener: () => void): void {
    this.#onWriteFailure = listener;
  }

  /** From now on this capability pays for the bytes on the wire; those before go to the payer before it. */
  charge(payer: Capability | null): void {
    try {
      this.settle();
    } finally {
      this.#paid = this.#onWire;
      this.#payer = payer;
      this.#counts = payer?.countsBytes === true;
    }
  }

  /** Bytes on the wire since it was opened, TLS and all. */
  get traffic(): { readonly bytesIn: number; readonly bytesOut: number } {
    return { bytesIn: this.#tcp.bytesRead, bytesOut: this.#tcp.bytesWritten };
  }

  /** Charges the bytes on the wire, TLS and all, since the last call. Raises BudgetExhaustedError when they are too many. */
  settle(): void {
    // Node takes its time to say how many they are.
    if (!this.#counts) return;
    const wire = this.#onWire;
    const bytes = wire - this.#paid;
    this.#paid = wire;
    if (bytes > 0) this.#payer?.countBytes(bytes);
  }

  get #onWire(): number {
    return this.#tcp.bytesRead + this.#tcp.bytesWritten;
  }

  /** Closes at once. Bytes that were not written yet are lost. */
  destroy(): void {
    this.socket.destroy();
    this.#tcp.destroy();
  }

  /** As `destroy`; done when the system has the socket back. */
  async close(): Promise<void> {
    this.destroy();
    if (!this.#tcp.closed) await new Promise((resolve) => this.#tcp.once('close', resolve));
  }

  /** Closes at once with a reset, so that the peer does not take what it got for all there was. */
  reset(): void {
    if (!this.#tcp.destroyed) this.#tcp.resetAndDestroy();
    this.destroy();
  }

  /** Gives up the TCP connection, for a handshake over it. This object is of no use afterwards. */
  release(): ConnectionParts<A> {
    this.settle();
    this.#released = true;
    const { target, address } = this;
    return { tcp: this.#tcp, secure: null, target, address, payer: this.#payer, paid: this.#paid };
  }

  #fail(failure: unknown): void {
    const { target } = this;
    this.#failure ??= {
      recv: translate(failure, { operation: 'recv', target, phase: 'read' }),
      send: translate(failure, { operation: 'send', target, phase: 'write' }),
    };
  }

  #rememberErrors(): void {
    const { socket } = this;
    if (socket.errored) this.#fail(socket.errored);
    socket.on('error', (error) => {
      if (!this.#released) this.#fail(error);
    });
  }

  /**
   * Node destroys a socket whose write fails, and with it what the peer had sent before it closed: an answer that says
   * why, often. So a failed write is remembered and its callback withheld; the stream is then read to its end, which a
   * dead connection reaches by itself.
   */
  #keepReadingAfterWriteFailure(): void {
    const { socket } = this;
    const guarded = (callback: WriteCallback): WriteCallback => {
      return (error) => {
        if (!error || this.#released) return callback(error);
        this.#fail(error);
        this.#onWriteFailure?.();
        if (socket.readableEnded) callback(error);
      };
    };
    const write = socket._write.bind(socket);
    socket._write = (chunk: unknown, encoding, callback) => write(chunk, encoding, guarded(callback));
    const writev = socket._writev?.bind(socket);
    if (writev !== undefined) socket._writev = (chunks, callback) => writev(chunks, guarded(callback));
  }

  #truncated(): ConnectionResetError {
    const { target } = this;
    return new ConnectionResetError(`recv ${targetText(target)}: the TLS stream was cut short (no close_notify)`, {
      host: target.written,
      port: target.port,
      operation: 'recv',
    });
  }
}
