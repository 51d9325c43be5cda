/**
 * The pipe to the host. The one file of a child process that opens a descriptor: the third, which the host has left
 * open. Frames go out in one write for each turn of the event loop, but for those that somebody is blocked for.
 */
import { Socket } from 'node:net';
import { type Frame, FrameReader, FrameWriter, ToHost } from '../wire/frames.ts';
import { MAX_FRAME_BYTES } from '../wire/limits.ts';

const PIPE = 3;
/** Longest frame of several posts: the host takes frames in turns. */
const MAX_POSTED = 65_536;

export class HostPipe {
  readonly #socket = new Socket({ fd: PIPE, readable: true, writable: true });
  readonly #reader = new FrameReader((chunks) => Buffer.concat(chunks));
  readonly #writer = new FrameWriter();
  #poster = 0;
  #posted: Uint8Array[] = [];
  #postedBytes = 0;
  #scheduled = false;

  /** Calls `hear` with each frame. The process ends with the host, and with a host that makes no sense. */
  listen(hear: (frame: Frame) => void): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next()) hear(frame);
    });
    const end = (): never => process.exit(0);
    this.#socket.on('end', end);
    this.#socket.on('error', end);
    this.#socket.on('close', end);
  }

  send(kind: number, guest: number, ...payload: readonly Uint8Array[]): void {
    this.#closePosts();
    this.#writer.add(kind, guest, ...payload);
    this.#schedule();
  }

  /** What a guest posts, after what it has posted before: in one frame as long as nothing else is sent. Throws RangeError. */
  post(guest: number, batch: Uint8Array): void {
    if (batch.length > MAX_FRAME_BYTES) throw new RangeError(`a post of ${batch.length} bytes is too long`);
    if (guest !== this.#poster || this.#postedBytes + batch.length > MAX_POSTED) this.#closePosts();
    this.#poster = guest;
    this.#posted.push(batch);
    this.#postedBytes += batch.length;
    this.#schedule();
  }

  /** As `send`, at once: somebody is blocked until it is answered. */
  sendNow(kind: number, guest: number, ...payload: readonly Uint8Array[]): void {
    this.#closePosts();
    this.#writer.add(kind, guest, ...payload);
    this.#flush();
  }

  #closePosts(): void {
    if (this.#posted.length === 0) return;
    this.#writer.add(ToHost.POST, this.#poster, ...this.#posted);
    this.#posted = [];
    this.#postedBytes = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#closePosts();
    this.#socket.cork();
    for (const part of this.#writer.take()) this.#socket.write(part);
    this.#socket.uncork();
  }
}
