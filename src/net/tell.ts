/**
 * Tells listeners of the host program. Trusted side. What one of them throws is an uncaught exception, and nothing that
 * goes wrong in what they were told of.
 */

export function tell<Told>(listener: (told: Told) => void, told: Told): void {
  try {
    listener(told);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export function tellAll<Told>(listeners: Iterable<(told: Told) => void>, told: Told): void {
  for (const listener of listeners) tell(listener, told);
}
