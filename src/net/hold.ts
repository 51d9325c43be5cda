/**
 * Keeps the process alive while somebody waits for nothing but time. Trusted side: the clock's timers keep none alive.
 */

const LONGEST_MS = 2 ** 31 - 1;

/** Until what it returns is called. */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, LONGEST_MS);
  return () => clearInterval(timer);
}
