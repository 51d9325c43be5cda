/**
 * The script's end of a link that `serveNet` serves, without its code: a test asks for operations with any handle and
 * any arguments, as a hostile thread would. Both ends live on one thread.
 */
import { fromRecord } from '../../src/errors/record.ts';
import type { Net } from '../../src/net/net.ts';
import { type Link, type ServeOptions, serveNet } from '../../src/net/serve/serve-net.ts';
import { decode, Encoder, type WireValue } from '../../src/wire/codec.ts';
import {
  AWAKE,
  type LinkMemory,
  NEXT_PIECE,
  REPLY,
  REPLY_LENGTH,
  REPLY_STATUS,
  REPLY_TOTAL,
  REQUEST,
  REQUEST_HANDLE,
  REQUEST_LENGTH,
  REQUEST_MORE,
  REQUEST_OPERATION,
  Status,
  viewLink,
} from '../../src/wire/layout.ts';
import { type OperationName, operationNamed } from '../../src/wire/operations.ts';
import { until } from './tcp-server.ts';

/** What came of a request: its value, the error that it raised, or the end of the link. */
export type Answer =
  | { readonly kind: 'value'; readonly value: WireValue }
  | { readonly kind: 'error'; readonly name: string; readonly message: string }
  | { readonly kind: 'ended' };

/** Longest time that a request may take: the kernel's own time-outs are far below. */
export class ServedLink implements Disposable {
  readonly link: Link;
  readonly memory: LinkMemory;
  ended = false;
  #number = 0;

  constructor(net: Net | null, options: ServeOptions = {}) {
    this.link = serveNet(net, options);
    this.memory = viewLink(this.link.guest.memory);
    void this.link.closed.then(() => {
      this.ended = true;
    });
  }

  get port() {
    return this.link.guest.port;
  }

  /** Asks by the operation's name. */
  ask(name: OperationName, handle: number, ...args: WireValue[]): Promise<Answer> {
    const encoder = new Encoder(64 * 1024 * 1024);
    for (const value of args) encoder.write(value);
    return this.askBytes(operationNamed(name).number, handle, encoder.bytes);
  }

  /** Asks with bytes that need not be arguments at all. */
  async askBytes(operation: number, handle: number, bytes: Uint8Array): Promise<Answer> {
    const { mailbox, words } = this.memory;
    for (let sent = 0; ; ) {
      const end = Math.min(bytes.length, sent + mailbox.length);
      mailbox.set(bytes.subarray(sent, end));
      await this.send(operation, handle, end - sent, end < bytes.length);
      if (this.ended) return { kind: 'ended' };
      if (words[REPLY_STATUS] !== Status.CONTINUE) break;
      sent = end;
    }
    return await this.#answer();
  }

  /** Writes a request without waiting for what comes of it. */
  post(operation: number, handle: number, length: number, more = false): void {
    const { words } = this.memory;
    this.#number = (this.#number + 1) | 0;
    words[REQUEST_OPERATION] = operation;
    words[REQUEST_HANDLE] = handle;
    words[REQUEST_LENGTH] = length;
    words[REQUEST_MORE] = more ? 1 : 0;
    Atomics.store(words, REQUEST, this.#number);
    Atomics.store(words, AWAKE, 1);
    this.port.postMessage(0);
  }

  async send(operation: number, handle: number, length: number, more = false): Promise<void> {
    this.post(operation, handle, length, more);
    await until(() => this.ended || Atomics.load(this.memory.words, REPLY) === this.#number, 'the kernel answered');
  }

  async #answer(): Promise<Answer> {
    const { words, mailbox } = this.memory;
    const status = words[REPLY_STATUS];
    const pieces: Uint8Array[] = [];
    let left = words[REPLY_TOTAL] ?? 0;
    while (left > 0) {
      pieces.push(mailbox.slice(0, words[REPLY_LENGTH] ?? 0));
      left -= words[REPLY_LENGTH] ?? 0;
      if (left > 0) await this.send(NEXT_PIECE, 0, 0);
      if (this.ended) return { kind: 'ended' };
    }
    const bytes = Buffer.concat(pieces);
    const value = bytes.length === 0 ? null : decode(bytes);
    if (status !== Status.ERROR) return { kind: 'value', value };
    const { name, message } = fromRecord(value);
    return { kind: 'error', name, message };
  }

  /** A value that is a number: a handle. */
  async handle(name: OperationName, on: number, ...args: WireValue[]): Promise<number> {
    const answer = await this.ask(name, on, ...args);
    if (answer.kind !== 'value') throw new Error(`${name}: ${JSON.stringify(answer)}`);
    const { value } = answer;
    if (typeof value === 'number') return value;
    const record = new Map(Object.entries(value ?? {}));
    const found = record.get('handle') ?? record.get('bodyHandle');
    if (typeof found !== 'number') throw new Error(`${name} gave no handle`);
    return found;
  }

  [Symbol.dispose](): void {
    this.link.close();
  }
}

/** Who asks, as a script's side says it. */
export const USER: WireValue = ['user', null, null];
