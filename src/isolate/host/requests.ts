/** Answers what one guest requests by the handlers of its host. Trusted side; what is asked for is a guest's. */
import { MAX_OPEN_REQUESTS } from '../wire/limits.ts';
import { toError } from './faults.ts';
import type { Handlers } from './handlers.ts';
import type { Sender } from './sender.ts';

export class Requests {
  readonly #handlers: Handlers;
  readonly #sender: Sender;
  /** Told when one is answered. */
  readonly #changed: () => void;
  #open = 0;

  constructor(handlers: Handlers, sender: Sender, changed: () => void) {
    this.#handlers = handlers;
    this.#sender = sender;
    this.#changed = changed;
  }

  /** How many wait for a handler. */
  get open(): number {
    return this.#open;
  }

  async answer(id: number, method: string, data: unknown): Promise<void> {
    const handler = this.#handlers.request(method);
    if (handler === undefined) {
      const what = JSON.stringify(method.slice(0, 80));
      return this.#sender.refuse(id, `the host answers no request ${what}`);
    }
    if (this.#open >= MAX_OPEN_REQUESTS) {
      return this.#sender.refuse(id, `more than ${MAX_OPEN_REQUESTS} requests are waiting for the host`);
    }
    this.#open += 1;
    try {
      this.#sender.reply(id, true, await handler(data));
    } catch (thrown) {
      this.#sender.reply(id, false, toError(thrown));
    } finally {
      this.#open -= 1;
      this.#changed();
    }
  }
}
