/** How far a guest's posts are ahead of what its host has taken: beyond a limit it waits. Of a child process. */
import { MAX_UNANSWERED_BYTES, MAX_UNANSWERED_POSTS } from '../wire/limits.ts';

export class Posts {
  /** How long each is, in order. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  #waiting: (() => void)[] = [];

  sent(bytes: number): void {
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** The host has taken this much: whole posts, in the order in which they were sent. */
  taken(bytes: number): void {
    let left = bytes;
    for (let next = this.#sizes[0]; next !== undefined && next <= left; next = this.#sizes[0]) {
      left -= next;
      this.#bytes -= next;
      this.#sizes.shift();
    }
    if (!this.#isAhead) this.release();
  }

  /** Resolves when the host has caught up; undefined if it has. */
  room(): Promise<void> | undefined {
    return this.#isAhead ? new Promise<void>((resolve) => this.#waiting.push(resolve)) : undefined;
  }

  /** Lets go of whoever waits. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  get #isAhead(): boolean {
    return this.#sizes.length >= MAX_UNANSWERED_POSTS || this.#bytes >= MAX_UNANSWERED_BYTES;
  }
}
