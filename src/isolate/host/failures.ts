/**
 * What the last calls to the network failed with. Trusted side. An error that nobody in a guest caught comes through the
 * engine, which brings its name, message and stack alone; what else was known of it is put back from here.
 */
import { type ErrorRecord, fromRecord } from '../../errors/record.ts';

/** How many are kept. */
const KEPT = 16;

export class Failures {
  readonly #byMessage = new Map<string, ErrorRecord>();

  add(record: ErrorRecord): void {
    const message = String(record.message);
    this.#byMessage.delete(message);
    this.#byMessage.set(message, record);
    if (this.#byMessage.size <= KEPT) return;
    for (const [oldest] of this.#byMessage) {
      this.#byMessage.delete(oldest);
      return;
    }
  }

  /** The error, or what it was before it came through the engine; an error of fetch has its cause again. */
  complete(error: Error): Error {
    const record = this.#byMessage.get(error.message.replace(/^fetch failed: /, ''));
    if (record === undefined) return error;
    const known = fromRecord(record);
    const [whole, key, value] = known.name === error.name ? [known, 'stack', error.stack] : [error, 'cause', known];
    Object.defineProperty(whole, key, { value, writable: true, configurable: true });
    return whole;
  }
}
