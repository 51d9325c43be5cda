/**
 * The only file that imports ws: its client over a connection of ours, without its dialler, redirects or time-outs.
 * Trusted side; loaded at the first WebSocket, by `import()`. The peer is hostile.
 */
import type { RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';

/** What to ask for. Everything in it has been checked. */
export interface Opening {
  /** `ws:` or `wss:`, without a fragment. */
  readonly url: URL;
  /** The very path to send, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly protocols: readonly string[];
  /** Bytes, once decoded. */
  readonly maxMessage: number;
  readonly compression: boolean;
  /** What our dialler opened; TLS is done. */
  readonly socket: Socket;
}

/** Told what happens. None of these may throw. */
export interface PeerListener {
  /** The response that upgrades has come; its proof is not checked yet. */
  upgraded(httpVersion: string): void;
  opened(protocol: string): void;
  /** The server answers something else. */
  refused(status: number): void;
  /** `data` is lent for this call. */
  message(data: Buffer, isBinary: boolean): void;
  /** `data` is lent for this call. */
  pinged(data: Buffer): void;
  /** The peer has sent a Close, which is being answered; or a failure is about to be reported. */
  closing(code: number, reason: string): void;
  failed(error: Error): void;
  /** The connection is gone; comes after everything else, once. */
  closed(): void;
}

/** A peer has so long to answer a Close, and to close the connection afterwards. */
const CLOSE_MS = 5_000;
/** The most pieces of one message. */
const MAX_FRAGMENTS = 16_384;
/** The most pieces of the stream that lie here for one frame. */
const MAX_CHUNKS = 65_536;
/** Interim responses that are read over. */
const MAX_INTERIM = 16;
/** The bytes of the response's headers. */
const MAX_HEADER_BYTES = 65_536;
/** Shorter messages are not worth compressing. */
const COMPRESS_FROM = 1_024;

/** What its types do not know yet, or pass on to Node. */
interface NewerOptions extends Pick<RequestOptions, 'insecureHTTPParser' | 'maxHeaderSize'> {
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly closeTimeout: number;
}

class ListenedWebSocket extends WebSocket {
  onClosing: ((code: number, reason: string) => void) | null = null;

  /** ws calls this itself to answer a Close. */
  override close(code?: number, reason?: string | Buffer): void {
    this.onClosing?.(code ?? 1005, reason?.toString() ?? '');
    super.close(code, reason);
  }
}

/** An open WebSocket, or one that is being opened. */
export class Peer {
  readonly #socket: ListenedWebSocket;

  constructor(opening: Opening, listener: PeerListener) {
    const options: ClientOptions & NewerOptions = {
      headers: { ...opening.headers } as Record<string, string>,
      createConnection: () => opening.socket,
      finishRequest: (request) => {
        let interim = 0;
        request.on('information', () => {
          if (++interim > MAX_INTERIM) request.destroy(new Error('the peer sends interim responses without end'));
        });
        // SECURITY: the path as it was matched against the grant (test/attacks/websocket-path.test.ts).
        request.path = opening.path;
        request.end();
      },
      followRedirects: false,
      // SECURITY: said outright, so that no flag of Node's makes another choice.
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      perMessageDeflate: opening.compression ? { threshold: COMPRESS_FROM } : false,
      maxPayload: opening.maxMessage,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      // SECURITY: ours wait for the peer to read them (test/attacks/websocket-ping-flood.test.ts).
      autoPong: false,
      closeTimeout: CLOSE_MS,
    };
    const socket = new ListenedWebSocket(opening.url, [...opening.protocols], options);
    this.#socket = socket;
    socket.on('upgrade', ({ httpVersion }) => listener.upgraded(httpVersion));
    socket.on('open', () => listener.opened(socket.protocol));
    socket.on('unexpected-response', (_request, { statusCode }) => listener.refused(statusCode ?? 0));
    socket.on('message', (data, isBinary) => {
      if (Buffer.isBuffer(data)) listener.message(data, isBinary);
    });
    socket.on('ping', (data) => listener.pinged(data));
    socket.on('error', (error) => listener.failed(error));
    socket.on('close', () => listener.closed());
    socket.onClosing = (code, reason) => listener.closing(code, reason);
  }

  /** Sends a piece of a message. `done` is called when the system has the bytes, or can't get them. */
  send(
    data: string | Uint8Array,
    { isBinary, isLast }: { readonly isBinary: boolean; readonly isLast: boolean },
    done: (error?: Error | null) => void,
  ): void {
    this.#socket.send(data, { fin: isLast, binary: isBinary }, done);
  }

  pong(data: Uint8Array, done: () => void): void {
    this.#socket.pong(data, undefined, done);
  }

  /** The peer is to wait. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    const socket = this.#socket;
    const { onClosing } = socket;
    // That of the peer is yet to come.
    socket.onClosing = null;
    socket.close(code, reason);
    socket.onClosing = onClosing;
  }

  /** Ends it without a word. */
  terminate(): void {
    this.#socket.terminate();
  }
}
