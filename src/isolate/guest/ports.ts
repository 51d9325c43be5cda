/** MessageChannel, MessagePort (HTML §9.4) and BroadcastChannel (§9.6): within one guest. Powerless. */
import { structuredClone } from './clone.ts';
import { DOMException } from './dom-exception.ts';
import { Event, EventTarget, handlerAttributes, MessageEvent } from './events.ts';
import { setTimer } from './timers.ts';

const secret = Symbol('only a channel makes a port');

export class MessagePort extends EventTarget {
  #other: MessagePort | null = null;
  #open = true;
  #started = false;
  #queue: MessageEvent[] = [];

  constructor(key?: unknown) {
    super();
    if (key !== secret) throw new TypeError('Illegal constructor');
  }

  static join(one: MessagePort, other: MessagePort): void {
    one.#other = other;
    other.#other = one;
  }

  postMessage(data: unknown, options?: readonly object[] | { readonly transfer?: readonly object[] }): void {
    const transfer = Array.isArray(options)
      ? options
      : options !== undefined && 'transfer' in options
        ? options.transfer
        : [];
    const ports = (transfer ?? []).filter((item) => item instanceof MessagePort);
    if (ports.includes(this)) throw new DOMException('a port can not carry itself', 'DataCloneError');
    const event = new MessageEvent('message', { data: structuredClone(data, { transfer: transfer ?? [] }), ports });
    const other = this.#other;
    if (!this.#open || other === null) return;
    setTimer(() => other.#take(event), 0);
  }

  start(): void {
    this.#started = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const event of queue) setTimer(() => this.#take(event), 0);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const other = this.#other;
    if (other === null || !other.#open) return;
    other.#open = false;
    setTimer(() => other.dispatchEvent(new Event('close')), 0);
  }

  #take(event: MessageEvent): void {
    if (!this.#started) this.#queue.push(event);
    else if (this.#open || this.#wasClosedByOther()) this.dispatchEvent(event);
  }

  /** What was posted before the other side closed still arrives. */
  #wasClosedByOther(): boolean {
    return this.#other !== null && !this.#other.#open;
  }

  get [Symbol.toStringTag](): string {
    return 'MessagePort';
  }
}
handlerAttributes(MessagePort, 'message', 'messageerror', 'close');

// Setting `onmessage` starts a port; addEventListener does not.
const plain = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  ...plain,
  set(this: MessagePort, value: unknown) {
    plain?.set?.call(this, value);
    this.start();
  },
});

export class MessageChannel {
  readonly port1: MessagePort = new MessagePort(secret);
  readonly port2: MessagePort = new MessagePort(secret);

  constructor() {
    MessagePort.join(this.port1, this.port2);
  }

  get [Symbol.toStringTag](): string {
    return 'MessageChannel';
  }
}

const channels = new Set<BroadcastChannel>();

export class BroadcastChannel extends EventTarget {
  readonly name: string;
  #open = true;

  constructor(name: string) {
    if (name === undefined) throw new TypeError('a BroadcastChannel needs a name');
    super();
    this.name = String(name);
    channels.add(this);
  }

  postMessage(data: unknown): void {
    if (!this.#open) throw new DOMException('the channel is closed', 'InvalidStateError');
    const others = [...channels].filter((other) => other !== this && other.name === this.name);
    for (const other of others) {
      const event = new MessageEvent('message', { data: structuredClone(data) });
      setTimer(() => {
        if (other.#open) other.dispatchEvent(event);
      }, 0);
    }
    if (others.length === 0) structuredClone(data);
  }

  close(): void {
    this.#open = false;
    channels.delete(this);
  }

  get [Symbol.toStringTag](): string {
    return 'BroadcastChannel';
  }
}
handlerAttributes(BroadcastChannel, 'message', 'messageerror');
