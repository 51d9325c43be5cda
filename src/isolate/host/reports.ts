/**
 * What one isolate's host is told of beside messages: errors, the console, the end. Trusted side. A guest chooses when
 * and with what, so nothing that a handler of the host's makes of it ends the host.
 */
import { ScriptSyntaxError } from '../../errors/classes.ts';
import { escapeText } from '../../net/address/escape.ts';
import { placeOf, readable, toError } from './faults.ts';
import type { Handler, Handlers, SystemEvent } from './handlers.ts';

/** A guest's error that nobody caught, or a handler's. */
export interface ErrorReport {
  /** `syntax`: the source can't be read. `uncaught`: the guest threw. `handler`: a handler of the host's did. */
  readonly kind: 'syntax' | 'uncaught' | 'handler';
  readonly error: Error;
  /** Of a syntax error, from 1. */
  readonly line: number | null;
  /** Of a syntax error, from 1. */
  readonly column: number | null;
}

/** Where a guest's console goes. */
export type ConsoleUse = 'silent' | 'events' | 'print';

/** Warnings of one isolate that nobody listens to; then it is silent. */
const MAX_WARNINGS = 10;

export class Reports {
  /** How the isolate is called in a warning. */
  readonly #name: string;
  readonly #handlers: Handlers;
  readonly #console: ConsoleUse;
  #warnings = 0;

  constructor(name: string, handlers: Handlers, console: ConsoleUse) {
    this.#name = name;
    this.#handlers = handlers;
    this.#console = console;
  }

  /** Calls a handler with a guest's data: what it throws must not end the host. */
  call(handler: Handler, data: unknown): void {
    const failed = (thrown: unknown): void => this.error('handler', toError(thrown));
    try {
      const result = handler(data);
      if (result instanceof Promise) result.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  error(kind: ErrorReport['kind'], error: Error): void {
    const place = error instanceof ScriptSyntaxError ? placeOf(error) : null;
    const shown = kind === 'uncaught' ? readable(error) : error;
    const report = { kind, error: shown, line: place?.line ?? null, column: place?.column ?? null };
    if (this.#handlers.system('error').length > 0) {
      this.system('error', report);
      return;
    }
    this.#warnings += 1;
    // SECURITY: a guest chose the text, and a terminal may show it (test/attacks/isolate-forged-errors.test.ts).
    if (this.#warnings > MAX_WARNINGS) return;
    process.emitWarning(
      `${this.#name}: ${kind}: ${escapeText(error.message)}${this.#warnings === MAX_WARNINGS ? ' (no more are shown)' : ''}`,
      {
        type: 'IsolateWarning',
        detail: "isolate.onSystem('error', ...) hears of these",
      },
    );
  }

  log(level: string, text: string): void {
    if (this.#console === 'events') this.system('console', { level, text });
    else if (this.#console === 'print') {
      const stream = ['error', 'warn', 'trace'].includes(level) ? process.stderr : process.stdout;
      stream.write(`${text}\n`);
    }
  }

  system(event: SystemEvent, data: object): void {
    // Not from inside of the call that ended it.
    queueMicrotask(() => {
      for (const handler of this.#handlers.system(event)) {
        try {
          handler(data);
        } catch (thrown) {
          // A handler of system events is the host's own and called with the host's own data: its mistake is the host's.
          queueMicrotask(() => {
            throw thrown;
          });
        }
      }
    });
  }
}
