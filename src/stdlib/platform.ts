/**
 * The powers that the blocking half needs from the thread it runs in, as one struct. Powerless: nothing here reaches
 * the network; the engine's guest start-up fills it in.
 */
import type { ReadText } from '../wire/codec.ts';

export interface Platform {
  /** Milliseconds, monotonic, with a fraction. */
  now(): number;
  /** Copies bytes, fast also from and to shared memory. */
  copy(source: Uint8Array, target: Uint8Array, targetStart: number, sourceStart: number, sourceEnd: number): void;
  /** UTF-8 to text. */
  readonly readText: ReadText;
  /** Wakes the kernel's event loop: posts a message on the link's port. */
  wakeKernel(): void;
  /** Whether a second CPU can run the kernel while this thread spins. */
  readonly parallel: boolean;
}
