/**
 * `NETWORK`, and what of the host's words is for whom. Powerless. Messages arrive in the order in which they were sent.
 */
import { CRYPTO_ANSWER } from '../wire/bridge.ts';
import { decodeClone } from '../wire/clone/reader.ts';
import { CloneFault } from '../wire/clone/writer.ts';
import { MAX_NAME } from '../wire/limits.ts';
import { GuestSays, HostSays, messagesOf } from '../wire/messages.ts';
import { say } from './bridge.ts';
import { DOMException } from './dom-exception.ts';
import { clearTimer, setTimer } from './timers.ts';

type Handler = (data: unknown) => unknown;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const handlers = new Map<string, readonly Handler[]>();
const waiting = new Map<number, Waiting>();
let nextId = 1;

/** What was thrown where nobody could catch it. */
export function reportFault(thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(`thrown: ${printable(thrown)}`);
  try {
    say([GuestSays.FAULT, error]);
  } catch {
    say([GuestSays.FAULT, new Error('what was thrown can not be told')]);
  }
}

function printable(value: unknown): string {
  try {
    return String(value).slice(0, 1_024);
  } catch {
    return 'a value that has no text';
  }
}

/** As `say`, for data of the guest's own: what can't cross is a DataCloneError. */
export function sayData(message: readonly unknown[]): void {
  try {
    say(message);
  } catch (thrown) {
    throw thrown instanceof CloneFault ? new DOMException(thrown.message, 'DataCloneError') : thrown;
  }
}

/** Says something that has an answer, and gives that. `what`: the message, less its kind and id. */
export function askHost(kind: number, what: readonly unknown[], signal?: AbortLike | null): Promise<unknown> {
  const id = nextId++;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  sayData([kind, id, ...what]);
  waiting.set(id, { resolve, reject });
  signal?.addEventListener('abort', () => {
    if (!waiting.delete(id)) return;
    say([GuestSays.FORGET, id]);
    reject(signal.reason);
  });
  return promise;
}

export interface AbortLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: string, listener: () => void): void;
}

/** An id whose answer `settle` is told of. */
export function expectAnswer(): { readonly id: number; readonly answer: Promise<unknown> } {
  const id = nextId++;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  waiting.set(id, { resolve, reject });
  return { id, answer: promise };
}

/** What the network has answered: bytes in the form of wire/codec.ts. */
export class NetAnswer {
  readonly bytes: Uint8Array;

  constructor(bytes: unknown) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('the answer can not be read');
    this.bytes = bytes;
  }
}

function settle(id: unknown, well: unknown, value: unknown): void {
  if (typeof id !== 'number') return;
  const found = waiting.get(id);
  waiting.delete(id);
  if (well === true) found?.resolve(value);
  else found?.reject(value);
}

/** Takes a batch of the host's. */
export function hear(batch: Uint8Array): void {
  for (const bytes of messagesOf(batch)) {
    try {
      hearOne(decodeClone(bytes));
    } catch (thrown) {
      reportFault(thrown);
    }
  }
}

function hearOne(message: unknown): void {
  if (!Array.isArray(message)) return;
  const [kind, first, second, third] = message;
  if (kind === HostSays.MESSAGE) tellHandlers(String(first), second);
  else if (kind === HostSays.REPLY || kind === CRYPTO_ANSWER) settle(first, second, third);
  else if (kind === HostSays.ANSWER) settle(first, second, new NetAnswer(third));
}

function tellHandlers(event: string, data: unknown): void {
  for (const handler of handlers.get(event) ?? []) {
    try {
      const result = handler(data);
      if (result instanceof Promise) void result.then(undefined, reportFault);
    } catch (thrown) {
      reportFault(thrown);
    }
  }
}

function nameOf(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) {
    throw new TypeError(`the name must be a text of 1 to ${MAX_NAME} characters`);
  }
  return name;
}

interface RequestOptions {
  /** Seconds; absent: as long as it takes. */
  readonly timeout?: number | null;
}

export const NETWORK = Object.freeze({
  send(event: string, data?: unknown): void {
    sayData([GuestSays.MESSAGE, nameOf(event), data]);
  },
  async request(method: string, data?: unknown, options?: RequestOptions | null): Promise<unknown> {
    const timeout = options?.timeout ?? null;
    if (timeout !== null && !(typeof timeout === 'number' && timeout > 0)) {
      throw new TypeError('timeout: seconds above 0, or null for no limit');
    }
    const asked = askHost(GuestSays.REQUEST, [nameOf(method), data]);
    return timeout === null ? await asked : await within(asked, method, timeout);
  },
  on(event: string, handler: Handler): void {
    if (typeof handler !== 'function') throw new TypeError('the handler must be a function');
    handlers.set(nameOf(event), [...(handlers.get(event) ?? []), handler]);
  },
  off(event: string, handler: Handler): void {
    const known = handlers.get(nameOf(event)) ?? [];
    const at = known.indexOf(handler);
    if (at >= 0) handlers.set(event, known.toSpliced(at, 1));
  },
});

async function within(asked: Promise<unknown>, method: string, seconds: number): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = (): void => reject(new DOMException(`${method}: no answer within ${seconds} s`, 'TimeoutError'));
  const timer = setTimer(late, seconds * 1_000);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    clearTimer(timer);
  }
}

/** `__ws_event` and the like: handlers of the glue itself, before those of the guest. */
export function onHost(event: string, handler: Handler): void {
  handlers.set(event, [handler, ...(handlers.get(event) ?? [])]);
}
