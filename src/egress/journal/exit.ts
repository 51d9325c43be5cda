/**
 * What is done when the process ends by itself, by `process.exit` or by an error that nobody caught. Trusted side. One
 * listener for all: hosts may have many egresses, and Node warns of many listeners.
 */
const steps = new Set<() => void>();

/** The step must not wait, and may fail. Returns what takes it back. */
export function atExit(step: () => void): () => void {
  if (steps.size === 0) process.on('exit', runAll);
  steps.add(step);
  return () => {
    steps.delete(step);
    if (steps.size === 0) process.off('exit', runAll);
  };
}

function runAll(): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // The process ends; there is nobody left to tell.
    }
  }
}
