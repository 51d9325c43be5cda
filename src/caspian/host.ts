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
  /** The digest of bytes by one of the names of DIGESTS. */
  digest(algorithm: DigestName, bytes: Uint8Array): Uint8Array;
  hmac(algorithm: DigestName, key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** The parts of an absolute URL, or of one that is relative to `base`, by the WHATWG's rules; null if it is none. */
  parseUrl(text: string, base: string | null): UrlParts | null;
  /** Bytes that this thread holds, garbage included; asked for often. */
  usedMemory(): number;
  /** Leaves no garbage behind. Takes milliseconds. */
  collectGarbage(): void;
  /** Matches in linear time; loaded when first asked for. */
  regexEngine(): RegexEngine;
  /** One line for whoever launched the script. */
  warn(text: string): void;
  /** What `%net` is for a role, asked at every use. */
  net(role: string): Value;
  /** The source of the library that lives at a canonical URL (`host/path`), or null. */
  loadLibrary(url: string): string | null;
  /** A class below `puck.uno/` that the standard library provides, by canonical URL, or null. */
  builtinClass(url: string): ClassValue | null;
  /** True once somebody asks the script to stop what it does; asked now and then. Absent: nobody can. */
  interrupted?(): boolean;
  readonly argv: readonly string[];
}

/** The digests that scripts may name. */
export const DIGESTS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
export type DigestName = (typeof DIGESTS)[number];

/** A URL taken apart, with WHATWG's names. */
export interface UrlParts {
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

export interface RegexFlags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** What the language asks of an engine for regular expressions. */
export interface RegexEngine {
  /** Throws RegexSyntaxError for a pattern that it can't read, or that would grow too large. */
  compile(pattern: string, flags: RegexFlags): CompiledRegex;
}

export interface CompiledRegex {
  /** Number of each named group, from 1. */
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
  test(text: string): boolean;
  /** A walk over the matches in a text: each call gives the next one at or behind `from`, or null. */
  walk(text: string): (from: number) => Spans | null;
}

/** Start and end in UTF-16 units of the match and of each group in turn; -1 for a group that took no part. */
export type Spans = readonly number[];

export class RegexSyntaxError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Limits of one run. A limit that is not given takes its default. */
export interface RunLimits {
  /** Calls of script functions inside each other; default 10,000. Past it: puck.uno/alarm/call_depth. */
  readonly callDepth?: number;
  /** Bytes written to stdout and stderr together; no limit by default. Past it: puck.uno/alarm/output_limit. */
  readonly outputBytes?: number;
  /** Bytes that the script may hold, the language itself included; no limit by default. Past it: puck.uno/alarm/memory_limit. */
  readonly memoryBytes?: number;
}
