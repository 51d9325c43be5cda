/**
 * A session with a script that is written while it runs: what a host holds of it. Trusted side. Limits and grants are
 * those of its engine, for the whole of the session.
 */
import type { Completion } from '../caspian/program.ts';
import type { Reply } from './guest/protocol.ts';
import type { FailedRun, ScriptThread } from './script-thread.ts';

/**
 * A session with a script that is written while it runs, of `engine.interact`: variables, functions and classes stay
 * from one input to the next.
 */
export class Interaction {
  readonly #thread: ScriptThread;
  readonly #interrupt: Int32Array;

  constructor(thread: ScriptThread, interrupt: SharedArrayBuffer) {
    this.#thread = thread;
    this.#interrupt = new Int32Array(interrupt);
  }

  /** Runs an input after those before it. One at a time. An alarm from outside, such as the time limit, ends the session. */
  async run(text: string): Promise<Reply | { readonly kind: 'ended'; readonly failed: FailedRun }> {
    Atomics.store(this.#interrupt, 0, 0);
    const answered = await this.#thread.ask({ kind: 'run', text });
    if (answered !== null && answered.kind === 'reply') return answered.reply;
    return { kind: 'ended', failed: await this.#thread.failure };
  }

  /** Names that may stand at the end of a text; runs nothing. */
  async complete(text: string): Promise<Completion> {
    const answered = await this.#thread.ask({ kind: 'complete', text });
    return answered !== null && answered.kind === 'completion' ? answered.completion : { names: [], from: '' };
  }

  /** Stops the input that is running: soon, unless it waits for the network or is inside of one long operation. */
  interrupt(): void {
    Atomics.store(this.#interrupt, 0, 1);
    Atomics.notify(this.#interrupt, 0);
  }
}
