/**
 * The few words that are exchanged with a proxy before a connection through it begins. Trusted side; the proxy is hostile.
 * Not a byte is read beyond what belongs to them: whatever comes early would be taken for the target's.
 */
import type { Socket } from 'node:net';
import { ProtocolError } from '../../errors/classes.ts';

/** More than a proxy has to say. */
const MAX_BYTES = 16_384;

export class Conversation {
  readonly #socket: Socket;
  #heard: Buffer = Buffer.alloc(0);
  #failure: unknown = null;
  #wake: (() => void) | null = null;
  readonly #onReadable = (): void => {
    for (let piece: unknown = this.#socket.read(); piece instanceof Buffer; piece = this.#socket.read()) {
      this.#heard = Buffer.concat([this.#heard, piece]);
    }
    this.#rouse();
  };
  readonly #onEnd = (): void => this.#fail({ code: 'ECONNRESET' });
  readonly #onError = (error: Error): void => this.#fail(error);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('readable', this.#onReadable);
    socket.on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError);
  }

  say(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** The next so many bytes. */
  async exactly(count: number): Promise<Buffer> {
    await this.#until(() => this.#heard.length >= count);
    const taken = this.#heard.subarray(0, count);
    this.#heard = this.#heard.subarray(count);
    return taken;
  }

  /** Up to the empty line that ends a head, as Latin-1. */
  async head(): Promise<string> {
    await this.#until(() => this.#heard.includes('\r\n\r\n'));
    const end = this.#heard.indexOf('\r\n\r\n') + 4;
    return (await this.exactly(end)).toString('latin1');
  }

  /** It is over: from here on the bytes are the target's. Raises ProtocolError for any that came before. */
  async end(): Promise<void> {
    this.#detach();
    const more = this.#heard.length + this.#socket.readableLength;
    if (more > 0) throw new ProtocolError('the proxy sent more than its answer');
    // A stream that nobody listens to any more is as one that nobody has read from, but a turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Nobody waits any more. */
  giveUp(): void {
    this.#fail({ code: 'ECONNRESET' });
    this.#detach();
  }

  #detach(): void {
    const socket = this.#socket;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd).off('close', this.#onEnd).off('error', this.#onError);
  }

  async #until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#heard.length > MAX_BYTES) throw new ProtocolError('the proxy answers without end');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #fail(failure: unknown): void {
    this.#failure ??= failure;
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
