/**
 * Every power that a script's runtime has, in one struct. Powerless side: the engine fills it in, and whatever is not
 * here can not be done. The runtime trusts the host; the host trusts nothing that a script hands over.
 */
import type { ClassValue, Value } from './runtime/values.ts';

export interface RuntimeHost {
  /** Writes a batch; blocks until the stream has taken it. The runtime buffers, so each call may be one system call. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** The next bytes of standard input, at most `max`; blocks; null at its end. */
  readStdin(max: number): Uint8Array | null;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds on a clock that only goes forward. */
  monotonic(): number;
  /** Blocks this thread. */
  sleep(ms: number): void;
  randomBytes(count: number): Uint8Array;
  /** One line for whoever launched the script. */
  warn(text: string): void;
  /** What `%net` is for a role, asked at every use. */
  net(role: string): Value;
  /** The source of the library that lives at a canonical URL (`host/path`), or null. */
  loadLibrary(url: string): string | null;
  /** A class below `puck.uno/` that the standard library provides, by canonical URL, or null. */
  builtinClass(url: string): ClassValue | null;
  readonly argv: readonly string[];
}

/** Limits of one run. A limit that is not given takes its default. */
export interface RunLimits {
  /** Calls of script functions inside each other; default 10,000. Past it: puck.uno/alarm/call_depth. */
  readonly callDepth?: number;
  /** Bytes written to stdout and stderr together; no limit by default. Past it: puck.uno/alarm/output_limit. */
  readonly outputBytes?: number;
}
