/**
 * The pipe to the host. The one file of a child process that opens a descriptor: the third, which the host has left
 * open. Frames go out in one write for each turn of the event loop.
 */
import { Socket } from 'node:net';
import { type Frame, FrameReader, FrameWriter } from '../wire/frames.ts';

const PIPE = 3;

export class HostPipe {
  readonly #socket = new Socket({ fd: PIPE, readable: true, writable: true });
  readonly #reader = new FrameReader((chunks) => Buffer.concat(chunks));
  readonly #writer = new FrameWriter();
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
    this.#writer.add(kind, guest, ...payload);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#socket.cork();
    for (const part of this.#writer.take()) this.#socket.write(part);
    this.#socket.uncork();
  }
}
