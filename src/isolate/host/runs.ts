/**
 * The sources that one guest has been given and that are not done: who waits for what they come to. Trusted side.
 */
import { readable, syntaxError } from './faults.ts';

export interface Run {
  readonly source: string;
  readonly file: string;
  /** Null: fire and forget. */
  readonly settle: { resolve(value: unknown): void; reject(error: unknown): void } | null;
}

export class Runs {
  readonly #runs = new Map<number, Run>();
  #next = 1;

  /** The number that the next one gets. */
  get next(): number {
    return this.#next;
  }

  add(run: Run): number {
    const id = this.#next++;
    this.#runs.set(id, run);
    return id;
  }

  /** Of what was fire and forget nothing more is heard, once it has begun. */
  begun(id: number): void {
    if (this.#runs.get(id)?.settle === null) this.#runs.delete(id);
  }

  resolve(id: number, value: unknown): void {
    this.#take(id)?.settle?.resolve(value);
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.settle?.reject(error);
  }

  /** Whether anyone waits for it; then it is rejected. */
  abandon(id: number, error: Error): boolean {
    const known = this.#runs.has(id);
    this.reject(id, error);
    return known;
  }

  /** What went wrong before or outside of the run. Gives the error back if nobody waits for it. */
  fail(id: number | null, raw: Error): Error | null {
    const run = id === null ? undefined : this.#runs.get(id);
    const error = (run === undefined ? null : syntaxError(raw, run.source, run.file)) ?? readable(raw);
    if (id === null || run === undefined || run.settle === null) return error;
    this.reject(id, error);
    return null;
  }

  rejectAll(error: Error): void {
    for (const { settle } of this.#runs.values()) settle?.reject(error);
    this.#runs.clear();
  }

  #take(id: number): Run | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    return run;
  }
}
