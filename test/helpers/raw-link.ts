/**
 * The script's end of a link without its code: a test writes the shared words itself, as a hostile thread would. Both
 * ends live on one thread, so a reply is awaited by turning the event loop, within a bound.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Answer, KernelLink } from '../../src/net/serve/kernel-link.ts';
import { Poller } from '../../src/net/serve/poller.ts';
import { decode, Encoder, type WireValue } from '../../src/wire/codec.ts';
import {
  AWAKE,
  createLinkBuffer,
  type LinkMemory,
  PULSE,
  REPLY,
  REPLY_LENGTH,
  REPLY_STATUS,
  REQUEST,
  REQUEST_HANDLE,
  REQUEST_LENGTH,
  REQUEST_MORE,
  REQUEST_OPERATION,
  viewLink,
} from '../../src/wire/layout.ts';

/** Turns of the event loop that a reply may take. */
const PATIENCE = 20_000;

export interface RawRequest {
  readonly operation: number;
  readonly handle?: number;
  readonly bytes?: Uint8Array;
  /** What the words say in place of the truth. */
  readonly length?: number;
  readonly more?: boolean;
  readonly number?: number;
}

export interface RawReply {
  readonly status: number;
  readonly piece: Uint8Array;
}

export class RawLink {
  readonly memory: LinkMemory;
  readonly port: MessagePort;
  readonly link: KernelLink;
  /** Why the kernel closed the link: null for a good end. */
  closed: { readonly reason: Error | null } | null = null;
  #number = 0;

  constructor(memory: SharedArrayBuffer, port: MessagePort, link: KernelLink) {
    this.memory = viewLink(memory);
    this.port = port;
    this.link = link;
  }

  /** Writes a request and wakes the kernel. */
  send(request: RawRequest): void {
    const { words, mailbox } = this.memory;
    const bytes = request.bytes ?? new Uint8Array(0);
    mailbox.set(bytes.subarray(0, mailbox.length));
    this.#number = request.number ?? this.#number + 1;
    words[REQUEST_OPERATION] = request.operation;
    words[REQUEST_HANDLE] = request.handle ?? 0;
    words[REQUEST_LENGTH] = request.length ?? bytes.length;
    words[REQUEST_MORE] = request.more === true ? 1 : 0;
    Atomics.store(words, REQUEST, this.#number);
    Atomics.store(words, AWAKE, 1);
    this.port.postMessage(0);
  }

  /** The reply to the last request; throws if the link ends, or if none comes. */
  async reply(): Promise<RawReply> {
    await this.until(() => Atomics.load(this.memory.words, REPLY) === this.#number || this.closed !== null);
    if (this.closed !== null) throw new Error('the link has ended', { cause: this.closed.reason });
    const { words, mailbox } = this.memory;
    return { status: words[REPLY_STATUS] ?? -1, piece: mailbox.slice(0, words[REPLY_LENGTH] ?? 0) };
  }

  async ask(request: RawRequest): Promise<RawReply> {
    this.send(request);
    return await this.reply();
  }

  /** Waits for the link's end and returns its reason. */
  async ended(): Promise<Error | null> {
    await this.until(() => this.closed !== null);
    return this.closed?.reason ?? null;
  }

  async until(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < PATIENCE; turn++) {
      if (condition()) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    throw new Error('nothing happened');
  }

  get pulse(): number {
    return Atomics.load(this.memory.words, PULSE);
  }
}

/** A link of which the test holds the script's end. `parallel: false`: as where there is one CPU. */
export function openRawLink(answer: Answer, mailboxBytes?: number, parallel = true): RawLink {
  const memory = createLinkBuffer(mailboxBytes);
  const { port1, port2 } = new MessageChannel();
  const link = new KernelLink(memory, port1, {
    answer,
    poller: new Poller(),
    parallel,
    streams: () => false,
    answerBells: () => {},
    onClose: (reason) => {
      raw.closed = { reason };
      port2.close();
    },
  });
  const raw = new RawLink(memory, port2, link);
  return raw;
}

/** Arguments as they go over the wire. */
export function encodeArguments(...values: WireValue[]): Uint8Array {
  const encoder = new Encoder(1_048_576);
  for (const value of values) encoder.write(value);
  return encoder.bytes.slice();
}

/** A reply's value. */
export function readReply(reply: RawReply): WireValue {
  return reply.piece.length === 0 ? null : decode(reply.piece);
}
