/**
 * How long the turns of this thread's event loop are. A busy machine makes any turn long on the clock, and the engine's
 * own helping threads wait for a CPU too: so what the thread itself worked in a turn is told apart.
 */
const PERIOD_MS = 2;

export interface Lag {
  /** The most CPU time that this thread has used in one turn. */
  readonly workedMs: number;
  /** The longest turn by the clock: what blocks the thread shows here. */
  readonly clockMs: number;
}

export interface LagWatch {
  /** The worst since it was last asked. */
  take(): Lag;
  stop(): void;
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Looks every few milliseconds, so that there is always a turn to measure. */
export function watchLag(): LagWatch {
  let worst: Lag = { workedMs: 0, clockMs: 0 };
  let [at, worked] = [performance.now(), workedMs()];
  const timer = setInterval(() => {
    const [now, used] = [performance.now(), workedMs()];
    worst = {
      workedMs: Math.max(worst.workedMs, used - worked),
      clockMs: Math.max(worst.clockMs, now - at - PERIOD_MS),
    };
    [at, worked] = [now, used];
  }, PERIOD_MS);
  return {
    take() {
      const taken = worst;
      worst = { workedMs: 0, clockMs: 0 };
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
