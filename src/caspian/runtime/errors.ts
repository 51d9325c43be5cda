/**
 * How a failure travels inside the runtime. Powerless side. Built-ins throw a Failure (a type and a message); where a
 * script's call meets it, it becomes a Raise that carries the exception object. An Alarm passes every catch and ensure.
 */
import type { CaspianError } from '../../errors/classes.ts';
import type { Instance, Value } from './values.ts';

/** A failure that has no place in the script yet. */
export class Failure {
  readonly type: string;
  readonly message: string;
  readonly hint: string | null;

  constructor(type: string, message: string, hint: string | null = null) {
    this.type = type;
    this.message = message;
    this.hint = hint;
  }
}

/** An exception on its way up. */
export class Raise {
  readonly exception: Instance;

  constructor(exception: Instance) {
    this.exception = exception;
  }
}

/** Ends the script. SECURITY: no catch and no ensure of a script sees one (test/attacks/caspian-alarm-not-caught). */
export class Alarm {
  /** Such as `puck.uno/alarm/call_depth`. */
  readonly type: string;
  readonly message: string;

  constructor(type: string, message: string) {
    this.type = type;
    this.message = message;
  }
}

/** `%process.exit` (runs the ensure sections) and `%process.abort` (does not). */
export class Exit {
  readonly code: number;
  readonly abort: boolean;

  constructor(code: number, options: { abort: boolean }) {
    this.code = code;
    this.abort = options.abort;
  }
}

export const ROOT = 'puck.uno/error';
export const CALL_DEPTH = 'puck.uno/alarm/call_depth';
/** What runs is to stop; a session goes on. */
export const INTERRUPTED = 'puck.uno/alarm/interrupted';
/** A mistake of ours: the script ends, and can't go on from it. */
export const INTERNAL = 'puck.uno/alarm/internal';
export const MEMORY_LIMIT = 'puck.uno/alarm/memory_limit';
export const OUTPUT_LIMIT = 'puck.uno/alarm/output_limit';

/** Makers of the failures that the language itself raises, one for each type. */
export const fail = {
  argument: (message: string, hint?: string) => new Failure(`${ROOT}/argument`, message, hint),
  type: (message: string, hint?: string) => new Failure(`${ROOT}/type`, message, hint),
  undefinedVariable: (message: string, hint?: string) => new Failure(`${ROOT}/undefined_variable`, message, hint),
  undefinedMethod: (message: string, hint?: string) => new Failure(`${ROOT}/undefined_method`, message, hint),
  notFound: (message: string) => new Failure(`${ROOT}/not_found`, message),
  tooLarge: (message: string) => new Failure(`${ROOT}/too_large`, message),
  tooDeep: (message: string) => new Failure(`${ROOT}/too_deep`, message),
  encoding: (message: string) => new Failure(`${ROOT}/encoding`, message),
  json: (message: string) => new Failure(`${ROOT}/json`, message),
  jump: (message: string) => new Failure(`${ROOT}/jump`, message),
  timeout: (message: string) => new Failure(`${ROOT}/timeout`, message),
} as const;

/** What V8 throws when its stack is full: for a script that is the call-depth alarm. */
export function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

/** The inside of an exception object. */
export interface ErrorState {
  message: string;
  hint: string | null;
  cause: Value;
  /** Null until it is raised. */
  role: string | null;
  file: string | null;
  line: number | null;
  backtrace: readonly string[];
  /** The native error that it was made from: its fields answer `.host`, `.port` and so on. */
  readonly native: CaspianError | null;
}

export function errorState(message: string, native: CaspianError | null = null): ErrorState {
  return {
    message,
    hint: native?.hint ?? null,
    cause: null,
    role: null,
    file: null,
    line: null,
    backtrace: [],
    native,
  };
}
