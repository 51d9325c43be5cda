/** How far a guest's posts are ahead of what its host has taken: beyond a limit it waits. Of a child process. */
import { MAX_UNANSWERED_BYTES, MAX_UNANSWERED_POSTS } from '../wire/limits.ts';

export class Posts {
  #count = 0;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  sent(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** The host has taken this much. */
  taken(bytes: number, posts: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#count = Math.max(0, this.#count - posts);
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
    return this.#count >= MAX_UNANSWERED_POSTS || this.#bytes >= MAX_UNANSWERED_BYTES;
  }
}
