/**
 * The streams of one link's sockets: who has which slot, and whose bell was rung. Trusted side.
 */
import { Bells, createSlots, MAX_SLOTS } from '../../wire/slots.ts';
import type { TcpSocket } from '../socket/tcp-socket.ts';
import type { Arena, Block } from './arena.ts';
import { SocketStream } from './socket-stream.ts';

interface StreamsOptions {
  readonly arena: Arena;
  readonly bump: () => void;
  readonly expect: () => void;
  /** The link's words, and where the word for bells stands among them. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly bellsAt: number;
}

export class SocketStreams {
  readonly #options: StreamsOptions;
  readonly #bySlot = new Map<number, SocketStream>();
  readonly #bySocket = new Map<TcpSocket, SocketStream>();
  readonly #free: number[] = [];
  #slots: Block | null = null;
  #bells: Bells | null = null;
  #used = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** Whether any socket has rings. */
  get any(): boolean {
    return this.#bySlot.size > 0;
  }

  of(socket: TcpSocket): SocketStream | null {
    return this.#bySocket.get(socket) ?? null;
  }

  /** Gives a socket rings; null if there is no memory left for them: it is served by calls alone then. */
  open(socket: TcpSocket): SocketStream | null {
    const { arena, bump, expect } = this.#options;
    const slot = this.#free.pop() ?? (this.#used < MAX_SLOTS ? this.#used++ : null);
    if (slot === null) return null;
    const incoming = arena.lend(arena.pieceBytes);
    const outgoing = incoming === null ? null : arena.lend(arena.pieceBytes);
    if (incoming === null || outgoing === null) {
      if (incoming !== null) arena.giveBack(incoming);
      this.#free.push(slot);
      return null;
    }
    const parts = { socket, arena, slots: this.#table(), slot, incoming, outgoing, bump, expect };
    const stream = new SocketStream(parts);
    this.#bySlot.set(slot, stream);
    this.#bySocket.set(socket, stream);
    return stream;
  }

  /** Takes the rings back from a socket whose connection is closed. */
  release(socket: TcpSocket): void {
    const stream = this.#bySocket.get(socket);
    if (stream === undefined) return;
    const { slot } = stream.record;
    this.#bySocket.delete(socket);
    this.#bySlot.delete(slot);
    stream.release();
    this.#free.push(slot);
  }

  /** Serves every socket whose bell was rung. A bell that belongs to nobody rings in vain. */
  answerBells(): void {
    this.#bells?.answer((slot) => this.#bySlot.get(slot)?.serve());
  }

  #table(): Block {
    if (this.#slots === null) {
      const { arena, words, bellsAt } = this.#options;
      this.#slots = arena.add(createSlots());
      this.#bells = new Bells(this.#slots.memory, words, bellsAt);
    }
    return this.#slots;
  }
}
