/**
 * What a host wants to hear of one isolate: its handlers of messages, of requests and of system events. Trusted side;
 * calls none of them.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { MAX_NAME } from '../wire/limits.ts';

/** A method's type, so that a host may say what its own guests send: what comes is plain data, and as hostile as they are. */
export type Handler = { handle(data: unknown): unknown }['handle'];

const SYSTEM_EVENTS = ['terminated', 'destroyed', 'error', 'console'] as const;

/** What `onSystem` tells of. `error` and `console` are beside the seed's. */
export type SystemEvent = (typeof SYSTEM_EVENTS)[number];

const NONE: readonly Handler[] = Object.freeze([]);

export class Handlers {
  readonly #events = new Map<string, readonly Handler[]>();
  readonly #requests = new Map<string, Handler>();
  readonly #system = new Map<string, readonly Handler[]>();

  on(event: string, handler: Handler): void {
    add(this.#events, checkName(event), handler);
  }

  onRequest(method: string, handler: Handler): void {
    this.#requests.set(checkName(method), checkHandler(handler));
  }

  onSystem(event: SystemEvent, handler: Handler): void {
    if (!SYSTEM_EVENTS.includes(event)) {
      throw new ArgumentError('onSystem: the events are terminated, destroyed, error and console');
    }
    add(this.#system, event, handler);
  }

  /** Takes a handler away, of a message, a request or a system event. */
  off(event: string, handler: Handler): void {
    for (const handlers of [this.#events, this.#system]) {
      const known = handlers.get(event) ?? NONE;
      const at = known.indexOf(handler);
      if (at < 0) continue;
      handlers.set(event, known.toSpliced(at, 1));
      return;
    }
    if (this.#requests.get(event) === handler) this.#requests.delete(event);
  }

  event(event: string): readonly Handler[] {
    return this.#events.get(event) ?? NONE;
  }

  request(method: string): Handler | undefined {
    return this.#requests.get(method);
  }

  system(event: SystemEvent): readonly Handler[] {
    return this.#system.get(event) ?? NONE;
  }
}

function add(handlers: Map<string, readonly Handler[]>, event: string, handler: Handler): void {
  handlers.set(event, [...(handlers.get(event) ?? NONE), checkHandler(handler)]);
}

/** The name of an event or of a method. */
export function checkName(name: string): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME) return name;
  throw new ArgumentError(`the name must be a text of 1 to ${MAX_NAME} characters`);
}

function checkHandler(handler: Handler): Handler {
  if (typeof handler === 'function') return handler;
  throw new ArgumentError('the handler must be a function');
}
