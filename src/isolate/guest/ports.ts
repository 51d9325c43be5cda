/** MessageChannel, MessagePort (HTML §9.4) and BroadcastChannel (§9.6): within one guest. Powerless. */
import { cloneMoving, setMoverOf, structuredClone } from './clone.ts';
import { DOMException } from './dom-exception.ts';
import { MessageEvent } from './event-kinds.ts';
import { Event, EventTarget, fire, handlerAttributes } from './events.ts';
import { attributes, domString, hold, illegal, NONE } from './interface.ts';
import { setTimer } from './timers.ts';

const secret = Symbol('only a channel makes a port');

/** One end of a channel. It outlives the port that holds it: a port that is moved hands it on. */
interface End {
  other: End | null;
  owner: MessagePort;
  started: boolean;
  queue: MessageEvent[];
}

const ends = new WeakMap<MessagePort, End | null>();

function endOf(port: MessagePort): End | null {
  const found = ends.get(port);
  if (found === undefined) throw illegal();
  return found;
}

function deliver(end: End): void {
  setTimer(() => {
    if (!end.started || endOf(end.owner) !== end) return;
    const event = end.queue.shift();
    if (event !== undefined) fire(end.owner, event);
  }, 0);
}

interface PostOptions {
  readonly transfer?: Iterable<object>;
}

export class MessagePort extends EventTarget {
  constructor(...[key]: readonly unknown[]) {
    super();
    if (key !== secret) throw illegal();
    ends.set(this, null);
  }

  postMessage(data: unknown, options: Iterable<object> | PostOptions = NONE): void {
    const end = endOf(this);
    const transfer = [...(Symbol.iterator in options ? options : (options.transfer ?? []))];
    if (transfer.includes(this)) throw new DOMException('a port can not carry itself', 'DataCloneError');
    const { copy, moved } = cloneMoving(data, transfer);
    const other = end?.other ?? null;
    if (other === null) return;
    other.queue.push(new MessageEvent('message', { data: copy, ports: moved }));
    deliver(other);
  }

  start(): void {
    const end = endOf(this);
    if (end === null || end.started) return;
    end.started = true;
    for (const _event of end.queue) deliver(end);
  }

  close(): void {
    const end = endOf(this);
    ends.set(this, null);
    const other = end?.other ?? null;
    if (end === null || other === null) return;
    end.other = null;
    other.other = null;
    setTimer(() => fire(other.owner, new Event('close')), 0);
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

setMoverOf((object) => {
  if (!(object instanceof MessagePort)) return null;
  const end = endOf(object);
  if (end === null) throw new DOMException('a port that is closed can not be moved', 'DataCloneError');
  const successor = new MessagePort(secret);
  return {
    successor,
    move: () => {
      ends.set(object, null);
      ends.set(successor, end);
      end.owner = successor;
      end.started = false;
    },
  };
});

export class MessageChannel {
  constructor() {
    const [port1, port2] = [new MessagePort(secret), new MessagePort(secret)];
    const end: End = { other: null, owner: port1, started: false, queue: [] };
    const other: End = { other: end, owner: port2, started: false, queue: [] };
    end.other = other;
    ends.set(port1, end);
    ends.set(port2, other);
    hold(this, { port1, port2 });
  }
}
attributes(MessageChannel, 'port1', 'port2');

const channels = new Set<BroadcastChannel>();

export class BroadcastChannel extends EventTarget {
  declare readonly name: string;
  #open = true;

  constructor(name: string) {
    super();
    if (name === undefined) throw new TypeError('a BroadcastChannel needs a name');
    hold(this, { name: domString(name) });
    channels.add(this);
  }

  postMessage(data: unknown): void {
    if (!this.#open) throw new DOMException('the channel is closed', 'InvalidStateError');
    const others = [...channels].filter((other) => other !== this && other.name === this.name);
    for (const other of others) {
      const event = new MessageEvent('message', { data: structuredClone(data) });
      setTimer(() => {
        if (other.#open) fire(other, event);
      }, 0);
    }
    if (others.length === 0) structuredClone(data);
  }

  close(): void {
    this.#open = false;
    channels.delete(this);
  }
}
attributes(BroadcastChannel, 'name');
handlerAttributes(BroadcastChannel, 'message', 'messageerror');
