/** What a guest has asked its host by number and waits for. Of a child process. */
export class Asked<Answer> {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 1;

  /** A number to ask with, and the answer to come. */
  ask(): { readonly id: number; readonly answer: Promise<Answer> } {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    return { id, answer: promise };
  }

  /** An answer to what nobody asked is nothing. */
  answer(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** The host will answer no more. */
  answerAll(answer: Answer): void {
    for (const resolve of this.#waiting.values()) resolve(answer);
    this.#waiting.clear();
  }
}
