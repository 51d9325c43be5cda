/**
 * The network of one isolate: the session and the guard that serve a script's link, reached by messages in place of
 * shared memory. Trusted side; what is asked for is a guest's, or a hostile child's, and is checked at the same door.
 */
import { ArgumentError, SocketError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import type { Net } from '../../net/net.ts';
import { Arena } from '../../net/serve/arena.ts';
import { perform } from '../../net/serve/dispatch.ts';
import { type Call, guard } from '../../net/serve/guard.ts';
import { Rings } from '../../net/serve/rings.ts';
import { LinkSession } from '../../net/serve/session.ts';
import { SocketStreams } from '../../net/serve/socket-streams.ts';
import { anyOf } from '../../net/signals.ts';
import { decode, Encoder, type WireValue } from '../../wire/codec.ts';
import { type OperationName, operationNamed } from '../../wire/operations.ts';
import { WireViolation } from '../../wire/violation.ts';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { Failures } from './failures.ts';

/** Most bytes that one read brings over: more could not cross, and would be lost. */
const MAX_READ = 8_388_608;

/** Operations that read as much as they are asked for. Their first argument says how much; that of recvUntil the second. */
const READS: Readonly<Record<string, number>> = {
  'socket.recv': 0,
  'socket.recvLine': 0,
  'socket.recvExact': 0,
  'socket.recvUntil': 1,
  'socket.recvAll': 0,
};

/** SECURITY: a read is refused before the kernel keeps what no isolate could take (test/attacks/isolate-large-read.test.ts). */
function crossable(call: Call): Call {
  const { name } = call.operation;
  const place = Object.hasOwn(READS, name) ? READS[name] : undefined;
  if (place === undefined || call.integer(place) <= MAX_READ) return call;
  throw new ArgumentError(`${name.slice(7)}: at most ${MAX_READ} bytes at once in an isolate`, {
    hint: 'read it in pieces',
  });
}

/** Most calls of one guest at once. */
const MAX_CALLS = 1_024;

export interface NetAnswer {
  readonly well: boolean;
  /** In the form of wire/codec.ts; nothing at all stands for null. */
  readonly bytes: Uint8Array;
}

export class NetSession {
  readonly failures = new Failures();
  readonly #session: LinkSession;
  readonly #encoder = new Encoder(MAX_MESSAGE_BYTES);
  #calls = 0;

  constructor(net: Net) {
    // No memory is shared with another process: all data comes by calls, and nothing is ever rung.
    const arena = new Arena(() => {}, undefined, 0);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const bump = (): void => {};
    const sockets = new SocketStreams({ arena, bump, expect: bump, words, bellsAt: 0 });
    this.#session = new LinkSession({ net, rings: new Rings(arena), sockets, bump });
  }

  /** Serves one call. Throws WireViolation for what no honest guest's glue sends. */
  async call(operation: number, handle: number, args: Uint8Array, signal?: AbortSignal): Promise<NetAnswer> {
    if (this.#calls >= MAX_CALLS) {
      return this.#encode(false, toRecord(new SocketError(`more than ${MAX_CALLS} calls of an isolate at once`)));
    }
    this.#calls += 1;
    try {
      return this.#encode(true, await perform(this.#session, crossable(guard(operation, args, signal)), handle));
    } catch (thrown) {
      if (thrown instanceof WireViolation) throw thrown;
      const record = toRecord(thrown);
      this.failures.add(record);
      return this.#encode(false, record);
    } finally {
      this.#calls -= 1;
    }
  }

  /** A call that the host makes for its guest. */
  callNamed(name: OperationName, handle: number, ...args: readonly WireValue[]): Promise<NetAnswer> {
    return this.callUntil(undefined, name, handle, ...args);
  }

  /**
   * As `callNamed`, until `signal` aborts, if the operation opens a connection. SECURITY: arguments that are too large are
   * the guest's mistake and its answer, nothing that is thrown here (test/attacks/isolate-large-arguments.test.ts).
   */
  async callUntil(
    signal: AbortSignal | undefined,
    name: OperationName,
    handle: number,
    ...args: readonly WireValue[]
  ): Promise<NetAnswer> {
    this.#encoder.reset();
    try {
      for (const argument of args) this.#encoder.write(argument);
    } catch (thrown) {
      if (!(thrown instanceof WireViolation)) throw thrown;
      return this.#encode(false, toRecord(new ArgumentError(`${name}: ${thrown.message}`)));
    }
    const until = signal === undefined ? undefined : anyOf(signal, this.#session.signal);
    return await this.call(operationNamed(name).number, handle, this.#encoder.bytes.slice(), until);
  }

  /** Gives back the body that came with a response nobody wants any more. */
  async releaseBody({ well, bytes }: NetAnswer): Promise<void> {
    const record = well && bytes.length > 0 ? decode(bytes) : null;
    if (typeof record !== 'object' || record === null || !('bodyHandle' in record)) return;
    if (typeof record.bodyHandle === 'number') await this.callNamed('release', record.bodyHandle);
  }

  /** Ends what is under way and closes what the guest holds. The net stays open: it is the host's. */
  close(): void {
    this.#session.close();
  }

  #encode(well: boolean, value: WireValue): NetAnswer {
    if (well && value === null) return { well, bytes: new Uint8Array(0) };
    this.#encoder.reset();
    try {
      this.#encoder.write(value);
      return { well, bytes: this.#encoder.bytes.slice() };
    } catch {
      this.#encoder.reset();
      this.#encoder.write(toRecord(new SocketError('the answer was too large to cross')));
      return { well: false, bytes: this.#encoder.bytes.slice() };
    }
  }
}
