/**
 * What one script holds while its link lasts: handles, rings, and what is under way. Trusted side. It ends with the
 * link, and whatever the script held is closed then.
 */
import { SocketError } from '../../errors/classes.ts';
import type { HandleKind } from '../../wire/operations.ts';
import { Allowance } from '../allowance.ts';
import type { Net } from '../net.ts';
import { Handles, MAX_HANDLES } from './handles.ts';
import type { HostServices } from './host-services.ts';
import type { Rings } from './rings.ts';
import type { SocketStreams } from './socket-streams.ts';

export interface SessionOptions {
  readonly net: Net | null;
  readonly rings: Rings;
  readonly sockets: SocketStreams;
  /** Tells the script's thread that something it may wait for has happened. */
  readonly bump: () => void;
  readonly maxHandles?: number | undefined;
  readonly host?: HostServices | undefined;
}

/** Bytes of datagrams that may lie unread over all sockets of a script; what comes beyond is dropped. */
const DATAGRAM_BYTES = 16_777_216;
/** Bytes of bodies that `fetch_all` has read and the script has not, over all of its lists. */
const BODY_BYTES = 268_435_456;
/** Peers that may wait to be accepted, for each handle that a script may hold; those beyond are reset. */
const PEERS_PER_HANDLE = 4;

export class LinkSession {
  /** Of what the script asks for, among all that use the loop. */
  readonly owner = Symbol('script');
  readonly handles: Handles;
  readonly rings: Rings;
  readonly sockets: SocketStreams;
  readonly bump: () => void;
  /** What all datagram sockets together may hold unread. */
  readonly datagrams = new Allowance(DATAGRAM_BYTES);
  /** What the bodies that lists of requests have read may hold until the script has them, or gives them up. */
  readonly bodies = new Allowance(BODY_BYTES);
  /** How many peers may wait for all listeners together. */
  readonly peers: Allowance;
  readonly #host: HostServices | undefined;
  readonly #ended = new AbortController();

  constructor({ net, rings, sockets, bump, maxHandles = MAX_HANDLES, host }: SessionOptions) {
    this.handles = new Handles(maxHandles);
    this.peers = new Allowance(maxHandles * PEERS_PER_HANDLE);
    this.rings = rings;
    this.sockets = sockets;
    this.bump = bump;
    this.#host = host;
    // Handle 0 is the link's own net, which stays open: it is the host's. Where there is none the number is used up,
    // so that nothing else is ever taken for it.
    const zero = this.handles.add('net', net ?? {}, () => {});
    if (net === null) this.handles.release(zero);
  }

  /** Aborts when the session ends: what is under way ends with it. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** What an engine answers beside the net. Raises where there is no engine. */
  get host(): HostServices {
    if (this.#host === undefined) throw new SocketError('this link serves a net and nothing else');
    return this.#host;
  }

  /**
   * Keeps a thing for the script and returns its handle. SECURITY: a thing that comes too late, or for which there is no room
   * any more, is closed at once (test/attacks/isolate-many-handles.test.ts).
   */
  keep(kind: HandleKind, thing: object, release: () => void): number {
    try {
      this.#ended.signal.throwIfAborted();
      return this.handles.add(kind, thing, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    this.#ended.abort(new SocketError('the script has ended'));
    this.handles.clear();
  }
}
