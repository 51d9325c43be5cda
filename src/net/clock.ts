/**
 * The time, as the kernel's parts take it: injected, so that tests need no sleeping. Trusted side.
 */

/** What `after` of a clock gives. */
export interface Timer {
  /** Calling it again, or after the timer has fired, does nothing. */
  cancel(): void;
}

/** The time and its timers. Hosts pass one of their own in tests; else it is that of the system. */
export interface Clock {
  /** Milliseconds, monotonic; the zero is anywhere. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now or a little later, never sooner. Never keeps the process alive. */
  after(ms: number, fn: () => void): Timer;
}

/** Longer delays make setTimeout fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The clock of the system. Its timers are unref'd. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fn) {
    const end = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.ceil(end - performance.now());
      timer = setTimeout(strike, Math.min(Math.max(left, 0), LONGEST_DELAY)).unref();
    };
    // The system's timers count in whole milliseconds, and may be one early.
    const strike = (): void => (performance.now() < end ? arm() : fn());
    arm();
    return { cancel: () => clearTimeout(timer) };
  },
};
