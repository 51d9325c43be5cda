/**
 * One run: a thread for the script, and a watch over its limits from outside. Trusted side. Whatever ends the thread,
 * the outcome says why, once.
 */
import type { Worker } from 'node:worker_threads';
import type { Outcome as ScriptOutcome } from '../caspian/program.ts';
import type { Link } from '../net/serve/serve-net.ts';
import type { WireValue } from '../wire/codec.ts';
import type { Limits } from './engine.ts';
import type { GuestReport, GuestStart, Question } from './guest/protocol.ts';

type Success = Extract<ScriptOutcome, { readonly ok: true }>;
type Failure = Extract<ScriptOutcome, { readonly ok: false }>;

/** How a script failed. `stderr` is what a launcher prints: the message with its place, hint and trace. */
export type FailedRun = Failure & {
  readonly stderr: string;
  /** True if the script could not be read at all and nothing ran. */
  readonly syntax: boolean;
};

/** How a run ended. */
export type Outcome = Success | FailedRun;

/** What a script asks for in `%engine.config`, or why it can't be read. */
export type Inspection =
  | { readonly ok: true; readonly config: WireValue; readonly warnings: readonly string[] }
  | FailedRun;

/** How often a thread's CPU time and memory are looked at. */
const LOOK_MS = 20;
const BYTES_PER_MB = 1_048_576;
/** Garbage that nobody has collected yet. */
const ROOM_MB = 64;
/** How long the end of a thread is waited for: one built-in operation on very much data can't be cut short. */
const PATIENCE_MS = 1_000;

export class ScriptThread {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #settle: (outcome: Outcome | Inspection) => void;
  /** Resolves when the script has ended, whatever ended it. Rejects never. */
  readonly outcome: Promise<Outcome | Inspection>;
  /** Resolves when the thread is gone: with the outcome, or later where it could not be ended at once. */
  readonly gone: Promise<void>;
  /** Whoever waits for an answer of a session, in order. */
  readonly #asked: ((report: SessionReport | null) => void)[] = [];
  #ended = false;

  /** Runs what `start` says in a thread that has been waiting for it. */
  constructor(worker: Worker, start: GuestStart, link: Link, limits: Limits) {
    this.#file = start.file;
    const { promise, resolve } = Promise.withResolvers<Outcome | Inspection>();
    this.outcome = promise;
    this.#settle = resolve;
    this.#worker = worker;
    this.#worker.on('message', (report: GuestReport) => {
      if (report.kind === 'reply' || report.kind === 'completion') this.#asked.shift()?.(report);
      else this.#end(outcomeOf(report));
    });
    this.#worker.on('error', (error) => this.#end(this.#crash(error)));
    this.#worker.on('exit', () => this.#end(this.#alarm('stopped', 'the run was stopped')));
    this.gone = new Promise((done) => this.#worker.once('exit', () => done()));
    worker.postMessage(start, link.transferList);
    if (limits.timeMs !== undefined) this.#watchTime(limits.timeMs);
    if (limits.cpuMs !== undefined) this.#watchCpu(limits.cpuMs);
    if (limits.memoryMb !== undefined) this.#watchMemory(limits.memoryMb);
  }

  /** Asks a session; null if it ends, or has ended, before it answers. */
  ask(question: Question): Promise<SessionReport | null> {
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      this.#worker.postMessage(question);
    });
  }

  /** How a session was ended from outside. */
  get failure(): Promise<FailedRun> {
    return this.outcome.then((outcome) => (outcome.ok ? this.#alarm('stopped', 'the session was stopped') : outcome));
  }

  /** Ends the run. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(outcome: Outcome | Inspection): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const resolve of this.#asked) resolve(null);
    // SECURITY: the outcome does not wait for a thread that does not end (test/attacks/engine-unending-operation.test.ts).
    const late = setTimeout(() => this.#settle(outcome), PATIENCE_MS);
    void this.#worker.terminate().then(() => {
      clearTimeout(late);
      this.#settle(outcome);
    });
  }

  #watchTime(timeMs: number): void {
    const over = (): void => this.#end(this.#alarm('time_limit', `the run took longer than ${timeMs / 1000} s`));
    this.#timers.push(setTimeout(over, timeMs));
  }

  #watchCpu(cpuMs: number): void {
    this.#look(async () => {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1000 > cpuMs
        ? this.#alarm('cpu_limit', `the run used more than ${cpuMs / 1000} s of CPU time`)
        : null;
    });
  }

  /**
   * The script's side keeps to its limit by itself and collects its garbage first; this ends one that is inside of one
   * long operation. What is looked at from here may be garbage, hence the room.
   */
  #watchMemory(memoryMb: number): void {
    this.#look(async () => {
      const { used_heap_size: heap, external_memory: outside } = await this.#worker.getHeapStatistics();
      return heap + outside > (2 * memoryMb + ROOM_MB) * BYTES_PER_MB ? this.#outOfMemory() : null;
    });
  }

  /** Asks a question of the thread again and again; an answer ends the run. One that is blocked answers late, but does nothing meanwhile either. */
  #look(question: () => Promise<FailedRun | null>): void {
    let asked = false;
    const ask = async (): Promise<void> => {
      if (asked) return;
      asked = true;
      try {
        const answer = await question();
        if (answer !== null) this.#end(answer);
      } catch {
        // The thread is not running yet, or no longer: then the watch has ended too.
      } finally {
        asked = false;
      }
    };
    this.#timers.push(setInterval(ask, LOOK_MS));
  }

  #outOfMemory(): FailedRun {
    return this.#alarm('memory_limit', 'the run needed more memory than it may');
  }

  #crash(error: unknown): FailedRun {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') return this.#outOfMemory();
    const message = error instanceof Error ? error.message : String(error);
    return this.#failure('puck.uno/error', `the engine failed: ${message}`, null);
  }

  #alarm(name: string, message: string): FailedRun {
    const type = `puck.uno/alarm/${name}`;
    return this.#failure(type, message, type);
  }

  #failure(type: string, message: string, alarm: string | null): FailedRun {
    const error = { type, message, hint: null, file: this.#file, line: null, backtrace: [] };
    return { ok: false, error, alarm, stderr: `${this.#file}: ${type}: ${message}\n`, syntax: false };
  }
}

type SessionReport = Extract<GuestReport, { readonly kind: 'reply' | 'completion' }>;

function outcomeOf(report: Exclude<GuestReport, SessionReport>): Outcome | Inspection {
  if (report.kind === 'config') return { ok: true, config: report.config, warnings: report.warnings };
  if (report.kind === 'syntax') {
    const { message, line, hint } = report;
    const error = { type: 'puck.uno/error/syntax', message, hint, file: null, line, backtrace: [] };
    return { ok: false, error, alarm: null, stderr: report.shown, syntax: true };
  }
  const { outcome } = report;
  return outcome.ok ? outcome : { ...outcome, stderr: report.stderr, syntax: false };
}
