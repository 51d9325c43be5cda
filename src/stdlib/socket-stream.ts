/**
 * A socket's data in the script's thread: read from one ring and written into another, both shared with the kernel, which
 * reads ahead and sends on its own. Powerless. Whatever is not about data that is here or on its way (ends, failures, a
 * socket that is closed) is left to a call: then a method gives undefined, and the kernel answers in its place.
 */
import { CaspianError, ConnectionResetError, TimeoutError, TooLargeError } from '../errors/classes.ts';
import type { RingPlace, SocketRings } from '../wire/records.ts';
import { RING_HEADER_BYTES, RingReader, RingState, RingWriter, Waits } from '../wire/ring.ts';
import { type Bells, viewIncoming, viewOutgoing } from '../wire/slots.ts';
import type { Caller } from './caller.ts';
import { Carry } from './carry.ts';
import { isList, type Session } from './session.ts';

/** Whose data it is, for calls and messages. */
export interface StreamOwner {
  readonly handle: number;
  readonly host: string;
  readonly port: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NEWLINE_MARK = new Uint8Array([NEWLINE]);

/** A line without its newline and without a carriage return before that. */
function chomped(line: Uint8Array): Uint8Array {
  const { length } = line;
  if (line[length - 1] !== NEWLINE) return line;
  return line.subarray(0, length - (line[length - 2] === RETURN ? 2 : 1));
}

/** How many bytes a question looks at at most, and how many make it worth asking again. */
interface Need {
  readonly most: number;
  readonly wanted: number;
}

/** Asked of what is here. `ended`: no more comes. Undefined: more is needed, or the kernel is to answer if none comes. */
type Question = (carry: Carry, ended: boolean) => Uint8Array | undefined;

export class SocketStream {
  readonly #session: Session;
  readonly #link: Caller;
  readonly #owner: StreamOwner;
  readonly #in: RingReader;
  readonly #out: RingWriter;
  readonly #bells: Bells;
  readonly #slot: number;
  readonly #carry = new Carry();
  /** Whether the kernel may have a larger ring to send from. */
  #outGrows = true;
  #sent = 0;

  constructor(session: Session, owner: StreamOwner, rings: SocketRings) {
    const link = session.link;
    const slots = link.block(rings.slots);
    const { copy } = link.platform;
    this.#session = session;
    this.#link = link;
    this.#owner = owner;
    this.#slot = rings.slot;
    this.#bells = link.bells(slots);
    this.#in = new RingReader({ words: viewIncoming(slots, rings.slot), bytes: this.#view(rings.incoming) }, copy);
    this.#out = new RingWriter({ words: viewOutgoing(slots, rings.slot), bytes: this.#view(rings.outgoing) }, copy);
  }

  /** Bytes that were given to be sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether a read would be answered at once: bytes are here, or the stream has ended. The kernel knows the same after this. */
  get readable(): boolean {
    this.#in.tell();
    return this.#carry.size > 0 || this.#in.unread > 0 || this.#in.state !== RingState.OPEN;
  }

  /** Whether a send would begin at once, or raise. */
  get writable(): boolean {
    return this.#out.room > 0 || this.#out.state !== RingState.OPEN;
  }

  /** Bytes that have been taken out of the ring and not been read. */
  get carried(): Uint8Array {
    this.#in.tell();
    return this.#carry.copy();
  }

  /** Throws away what is here. */
  drop(): void {
    this.#carry.clear();
    this.#in.skip(this.#in.unread);
    this.#in.tell();
  }

  /** 1 to `max` bytes. */
  recv(max: number, timeout: number | null): Uint8Array | undefined {
    const ring = this.#in;
    if (this.#isFlowing) {
      const count = ring.upTo(max);
      if (count > 0) return this.#take(Math.min(count, max));
    }
    const until = this.#patience(timeout);
    for (;;) {
      // The state first: the kernel writes the last bytes before it says that they were the last.
      const { state } = ring;
      if (state === RingState.CLOSED) return undefined;
      if (this.#carry.size > 0) return this.#carry.take(max);
      const { unread } = ring;
      if (unread > 0) return this.#take(Math.min(unread, max));
      if (state !== RingState.OPEN) return undefined;
      this.#await(1, until(), 'recv');
    }
  }

  /** Whether what the ring holds comes next, and may be read. */
  get #isFlowing(): boolean {
    return this.#carry.size === 0 && this.#in.stateHint !== RingState.CLOSED;
  }

  /** A line, or what is left at the end. `chomp`: without its newline, and without a carriage return before that. */
  recvLine(max: number, chomp: boolean, timeout: number | null): Uint8Array | undefined {
    const ring = this.#in;
    const at = this.#isFlowing ? ring.find(NEWLINE_MARK, 0, Math.min(ring.upTo(1), max)) : -1;
    if (at === -1) {
      const line = this.recvUntil('recv_line', NEWLINE_MARK, max, timeout);
      return chomp && line !== undefined ? chomped(line) : line;
    }
    if (!chomp) return this.#take(at + 1);
    const end = at > 0 && ring.byteAt(at - 1) === RETURN ? at - 1 : at;
    const line = this.#take(end);
    ring.skip(at + 1 - end);
    return line;
  }

  /** Through the next `mark`, or what is left at the end. */
  recvUntil(operation: string, mark: Uint8Array, max: number, timeout: number | null): Uint8Array | undefined {
    const ring = this.#in;
    let searched = 0;
    if (this.#isFlowing) {
      const known = Math.min(ring.upTo(1), max);
      const at = ring.find(mark, 0, known);
      if (at !== -1) return this.#take(at + mark.length);
      searched = Math.max(0, known - mark.length + 1);
    }
    const until = this.#patience(timeout);
    // As long as half of the ring has room for it nothing is copied before it is whole.
    while (this.#carry.size === 0) {
      const { state } = ring;
      if (state === RingState.CLOSED) return undefined;
      const { unread } = ring;
      const at = ring.find(mark, searched, Math.min(unread, max));
      if (at !== -1) return this.#take(at + mark.length);
      if (state !== RingState.OPEN || unread > max || unread >= ring.size / 2) break;
      searched = Math.max(0, unread - mark.length + 1);
      this.#await(unread + 1, until(), operation);
    }
    searched = 0;
    const question: Question = (carry, ended) => {
      const at = carry.indexOf(mark, searched);
      searched = Math.max(0, carry.size - mark.length + 1);
      if (at !== -1 && at + mark.length <= max) return carry.take(at + mark.length);
      if (at !== -1 || carry.size > max) throw this.#tooLarge(operation, max);
      return ended && carry.size > 0 ? carry.take(carry.size) : undefined;
    };
    return this.#ask(operation, question, { most: max + 1, wanted: 1 }, until);
  }

  /** Exactly `count` bytes. Raises ConnectionResetError if the stream ends in between. */
  recvExact(count: number, timeout: number | null): Uint8Array | undefined {
    const operation = 'recv_exact';
    const ring = this.#in;
    if (this.#isFlowing && ring.upTo(count) >= count) return this.#take(count);
    const until = this.#patience(timeout);
    while (this.#carry.size === 0 && count <= ring.size / 2) {
      const { state } = ring;
      if (state === RingState.CLOSED) return undefined;
      if (ring.unread >= count) return this.#take(count);
      if (state !== RingState.OPEN) break;
      this.#await(count, until(), operation);
    }
    const question: Question = (carry, ended) => {
      if (carry.size >= count) return carry.take(count);
      if (ended && carry.size > 0) throw this.#endedShort(carry.size, count);
      return undefined;
    };
    return this.#ask(operation, question, { most: count, wanted: count }, until);
  }

  /** Everything to the end of the stream. */
  recvAll(max: number, timeout: number | null): Uint8Array | undefined {
    const operation = 'recv_all';
    const question: Question = (carry, ended) => {
      if (carry.size > max) throw this.#tooLarge(operation, max);
      return ended && carry.size > 0 ? carry.take(carry.size) : undefined;
    };
    return this.#ask(operation, question, { most: max + 1, wanted: max + 1 }, this.#patience(timeout));
  }

  /** What a read of `count` bytes raises when the stream broke: of a reset it says how many had come. */
  cutShort(thrown: unknown, count: number): CaspianError | null {
    const received = this.#carry.size + this.#in.unread;
    const broke = this.#in.state === RingState.FAILED && thrown instanceof CaspianError;
    return broke && thrown.code === 'NET_RESET' ? this.#endedShort(received, count) : null;
  }

  /** Gives some bytes to be sent, one at least, and says how many. */
  send(bytes: Uint8Array, timeout: number | null): number | undefined {
    const ring = this.#out;
    const until = this.#patience(timeout);
    while (ring.state === RingState.OPEN) {
      if (ring.room > 0) return this.#write(bytes, 0);
      if (!this.#waitForRoom(bytes.length, until()) && ring.room === 0) throw this.#late('send', 'write');
    }
    return undefined;
  }

  /** Gives all bytes to be sent; says how many it could give before the kernel took no more. */
  sendAll(bytes: Uint8Array, timeout: number | null): number {
    const ring = this.#out;
    if (ring.state === RingState.OPEN && ring.room >= bytes.length) return this.#write(bytes, 0);
    const deadline = this.#patience(timeout)();
    let given = 0;
    while (given < bytes.length && ring.state === RingState.OPEN) {
      if (ring.room > 0) given += this.#write(bytes, given);
      else if (!this.#waitForRoom(bytes.length - given, deadline)) throw this.#late('send_all', 'write');
    }
    return given;
  }

  #write(bytes: Uint8Array, start: number): number {
    const written = this.#out.write(bytes, start);
    this.#sent += written;
    if (this.#out.isWaitedFor) this.#ring();
    return written;
  }

  /** Waits for room worth going on for; false if the time is over first. */
  #waitForRoom(wanted: number, deadline: number): boolean {
    const ring = this.#out;
    if (this.#growOut()) return true;
    const enough = Math.min(wanted, ring.size / 2);
    ring.want(enough);
    return this.#link.waitUntil(() => ring.room >= enough || ring.state !== RingState.OPEN, deadline);
  }

  #growOut(): boolean {
    const place = this.#outGrows ? this.#grow('send') : null;
    this.#outGrows = place !== null;
    if (place !== null) this.#out.follow(place);
    return place !== null;
  }

  /** Takes bytes out of the ring. */
  #take(count: number): Uint8Array {
    const taken = this.#in.take(count);
    if (this.#in.waitsHint !== Waits.NO) this.#makeRoom();
    return taken;
  }

  /** Puts a question to what is here, moved out of the ring, until it is answered, by the end at last. */
  #ask(operation: string, question: Question, { most, wanted }: Need, until: () => number): Uint8Array | undefined {
    const ring = this.#in;
    const carry = this.#carry;
    for (;;) {
      const { state } = ring;
      if (state === RingState.CLOSED) return undefined;
      const count = Math.min(ring.unread, most - carry.size);
      if (count > 0) {
        carry.append(count, wanted, (target, start, max) => ring.read(target, start, max));
        if (ring.waits !== Waits.NO) this.#makeRoom();
      }
      const answer = question(carry, state === RingState.ENDED && ring.unread === 0);
      if (answer !== undefined) return answer;
      if (ring.unread > 0) continue;
      if (state !== RingState.OPEN) return undefined;
      this.#await(Math.max(1, wanted - carry.size), until(), operation);
    }
  }

  /** Waits for bytes, as far as half of the ring holds them, or for the end. */
  #await(bytes: number, deadline: number, operation: string): void {
    const ring = this.#in;
    const wanted = Math.min(bytes, ring.size / 2);
    ring.want(wanted);
    for (;;) {
      // Told once: it answers by going on, and fills the ring at least as far as is wanted here.
      const told = ring.waits !== Waits.NO && this.#makeRoom();
      const came = this.#link.waitUntil(told ? () => ring.satisfied : () => ring.ready, deadline);
      if (!ring.satisfied && came) continue;
      ring.stopWanting();
      if (!came && !ring.satisfied) throw this.#late(operation, 'read');
      return;
    }
  }

  /** The kernel waits for room in the ring. If there is some it is told, or gives a larger one: true. */
  #makeRoom(): boolean {
    const ring = this.#in;
    ring.tell();
    const place = ring.waits === Waits.GROW ? this.#grow('recv') : null;
    if (place !== null) {
      ring.follow(place);
      return true;
    }
    if (!ring.wantsResume) return false;
    this.#ring();
    return true;
  }

  #grow(direction: 'send' | 'recv'): Uint8Array<SharedArrayBuffer> | null {
    const place = this.#session.call('socket.grow', this.#owner.handle, [direction]);
    return isList(place) ? this.#view(place.map(Number)) : null;
  }

  #ring(): void {
    this.#bells.ring(this.#slot);
    this.#link.wakeKernel();
  }

  #view([block = 0, at = 0, size = 0]: RingPlace): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#link.block(block), RING_HEADER_BYTES + at, size);
  }

  /** When the time of an operation is over, by the platform's clock; it runs from the first time that this is asked. */
  #patience(timeout: number | null): () => number {
    let deadline = timeout === null ? Number.POSITIVE_INFINITY : 0;
    return () => {
      if (deadline === 0) deadline = this.#link.platform.now() + (timeout ?? 0) * 1000;
      return deadline;
    };
  }

  #late(operation: string, phase: 'read' | 'write'): TimeoutError {
    return new TimeoutError(`${operation} ${this.#place}: not done in time (${phase})`, {
      ...this.#about(operation),
      phase,
    });
  }

  #tooLarge(operation: string, max: number): TooLargeError {
    return new TooLargeError(`${operation} ${this.#place}: more than ${max} bytes`, this.#about(operation));
  }

  #endedShort(received: number, count: number): ConnectionResetError {
    return new ConnectionResetError(`recv_exact ${this.#place}: the stream ended after ${received} of ${count} bytes`, {
      ...this.#about('recv_exact'),
      received,
    });
  }

  #about(operation: string) {
    const { host, port } = this.#owner;
    return { operation, host, port };
  }

  get #place(): string {
    const { host, port } = this.#owner;
    return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
  }
}
