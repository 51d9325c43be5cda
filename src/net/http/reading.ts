/**
 * How the reading of a coded body ends, for a policy that notes how calls went: all of it may have come, and still not be
 * what it says, or decode to too much. Trusted side.
 */
import type { Deadline } from '../dial/deadline.ts';
import type { Sink, Source } from './body.ts';

type Tell = (error: unknown) => void;

export class Reading {
  #end: { readonly error: unknown } | null = null;
  #tell: Tell | null = null;
  #forget: (() => void) | null = null;

  /** The reader has had all of it, or was told `error`. The first end counts. */
  over(error: unknown): void {
    this.#end ??= { error };
    this.#finish();
  }

  /**
   * All has come. `tell` is called once it is read as well; or when the call's time is up, whoever reads then. Until it is
   * called this is one of `open`.
   */
  arrived(open: Set<Reading>, deadline: Deadline, tell: Tell): void {
    this.#tell = tell;
    if (this.#end !== null) {
      this.#finish();
      return;
    }
    const give = (): void => this.over(null);
    const timer = deadline.clock.after(Math.min(deadline.leftMs, LONGEST_MS), give);
    open.add(this);
    this.#forget = () => {
      timer.cancel();
      open.delete(this);
    };
  }

  #finish(): void {
    const tell = this.#tell;
    const end = this.#end;
    if (tell === null || end === null) return;
    this.#tell = null;
    this.#forget?.();
    tell(end.error);
  }
}

/** Where a call has no deadline: nobody waits for its reader for ever. */
const LONGEST_MS = 60_000;

/** Passes a body on, and says how that ended. */
export class Watched implements Source {
  readonly #source: Source;
  readonly #reading: Reading;

  constructor(source: Source, reading: Reading) {
    this.#source = source;
    this.#reading = reading;
  }

  pipe(sink: Sink): void {
    this.#source.pipe({
      write: (chunk) => sink.write(chunk),
      end: () => {
        this.#reading.over(null);
        sink.end();
      },
      fail: (error) => {
        this.#reading.over(error);
        sink.fail(error);
      },
    });
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(error: unknown): void {
    this.#reading.over(error);
    this.#source.cancel(error);
  }
}
