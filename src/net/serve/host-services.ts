/**
 * What an engine answers over a link beside the net. Trusted side: the engine implements it, the session calls it.
 */
import type { WireValue } from '../../wire/codec.ts';

export interface HostServices {
  /** The source of the library at a canonical URL, or null. */
  library(url: string): Promise<string | null>;
  /** Takes output; resolves when the stream has room again. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void>;
  /** The next bytes of standard input, at most `max`; null at its end. `signal` aborts when the script has ended. */
  read(max: number, signal: AbortSignal): Promise<Uint8Array | null>;
  /** What the script's `%engine.config` asks for, before it runs. Hostile data, null where there is none. */
  config(config: WireValue, warnings: readonly string[]): Promise<void>;
}
