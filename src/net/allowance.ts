/**
 * What several sockets, bodies or listeners may hold together, in bytes that lie unread or in peers that wait. Trusted
 * side, pure: a script with a thousand sockets must not make the kernel keep a thousand times what one may hold.
 */
export class Allowance {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Whether there is so much. */
  has(bytes: number): boolean {
    return bytes <= this.#left;
  }

  /** Takes so much; false, and nothing is taken, if there is less. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#left += bytes;
  }
}
