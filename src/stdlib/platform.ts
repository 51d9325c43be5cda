/**
 * The powers that the blocking half needs from the thread it runs in, as one struct. Powerless: nothing here reaches
 * the network; the engine's guest start-up fills it in.
 */
import type { ReadText } from '../wire/codec.ts';
import type { CopyBytes } from '../wire/ring.ts';

export interface Platform {
  /** Milliseconds, monotonic, with a fraction. */
  now(): number;
  readonly copy: CopyBytes;
  /** UTF-8 to text. */
  readonly readText: ReadText;
  /** Wakes the kernel's event loop: posts a message on the link's port. */
  wakeKernel(): void;
  /** The next message of the kernel on the link's port, without waiting; undefined if there is none. */
  takeMessage(): unknown;
  /** CPUs that this process may use: with a second one the kernel runs while this thread spins. */
  readonly cpus: number;
}
