/**
 * A TCP server that does to each connection what its first line asks for, step by step: how a contract that runs in a
 * thread of its own plays the other end.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * `send` writes a text, `drip` writes it byte by byte, `end` ends sending, `reset` resets the connection, `await` waits
 * until so many bytes have come since the first line, `untilEnd` waits for the caller's end, `count` writes how many have come and a newline,
 * `echo` sends back what came since the first line, `stall` reads no more, and `release` makes every
 * connection of the puppet's read again.
 */
export type Step =
  | readonly ['send' | 'drip', string]
  | readonly ['await', number]
  | readonly ['end' | 'reset' | 'untilEnd' | 'count' | 'echo' | 'stall' | 'release'];

export interface Puppet extends AsyncDisposable {
  readonly port: number;
  /** How many bytes came, after the first line, over each connection that its caller has ended in order. */
  readonly ended: readonly number[];
}

/** What a play does to the rest. */
interface Stage {
  readonly ended: (count: number) => void;
  readonly release: () => void;
}

class Play {
  readonly #socket: Socket;
  readonly #release: () => void;
  #heard = Buffer.alloc(0);
  #count = 0;
  #begun = false;
  #ended = false;
  /** Whoever waits for something to happen on the connection. */
  #wake: () => void = () => {};

  constructor(socket: Socket, { ended, release }: Stage) {
    this.#socket = socket;
    this.#release = release;
    socket.on('data', (piece: Buffer) => this.#hear(piece));
    socket.on('end', () => {
      this.#ended = true;
      ended(this.#count);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  #hear(piece: Buffer): void {
    if (this.#begun) {
      this.#count += piece.length;
      if (this.#heard.length < 1_000_000) this.#heard = Buffer.concat([this.#heard, piece]);
      this.#wake();
      return;
    }
    this.#heard = Buffer.concat([this.#heard, piece]);
    const end = this.#heard.indexOf('\n');
    if (end < 0) return;
    const steps: readonly Step[] = JSON.parse(this.#heard.toString('utf8', 0, end));
    this.#heard = this.#heard.subarray(end + 1);
    this.#count = this.#heard.length;
    this.#begun = true;
    void this.#play(steps);
  }

  async #play(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.#socket.destroyed) return;
      await this.#take(step);
    }
  }

  async #take([name, value]: Step): Promise<void> {
    const socket = this.#socket;
    if (name === 'send') socket.write(String(value), 'latin1');
    else if (name === 'drip') await this.#drip(String(value));
    else if (name === 'end') socket.end();
    else if (name === 'reset') socket.resetAndDestroy();
    else if (name === 'count') socket.write(`${this.#count}\n`);
    else if (name === 'echo') socket.write(this.#heard);
    else if (name === 'stall') socket.pause();
    else if (name === 'release') this.#release();
    else if (name === 'untilEnd') await this.#until(() => this.#ended || socket.destroyed);
    else await this.#until(() => this.#count >= Number(value) || this.#ended || socket.destroyed);
  }

  /** As long as it takes: the puppet's own end destroys every socket. */
  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #drip(text: string): Promise<void> {
    for (const byte of Buffer.from(text, 'latin1')) {
      this.#socket.write(Uint8Array.of(byte));
      await nextTurn();
    }
  }
}

export async function startPuppet(): Promise<Puppet> {
  const open = new Set<Socket>();
  const ended: number[] = [];
  const release = (): void => {
    for (const socket of open) socket.resume();
  };
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    new Play(socket, { ended: (count) => ended.push(count), release });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ended,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
