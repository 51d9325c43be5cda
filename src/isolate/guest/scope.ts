/** The global object as a target of events, and `reportError` (HTML §8.1.4.3). Powerless. */
import { ErrorEvent } from './event-kinds.ts';
import { EventTarget, fire } from './events.ts';
import { reportFault } from './network.ts';

const onGlobal =
  (method: (...args: never[]) => unknown) =>
  (...args: unknown[]): unknown =>
    Reflect.apply(method, globalThis, args);

export const addEventListener = onGlobal(EventTarget.prototype.addEventListener);
export const removeEventListener = onGlobal(EventTarget.prototype.removeEventListener);
export const dispatchEvent = onGlobal(EventTarget.prototype.dispatchEvent);

let reporting = false;

/** Tells the guest's own listeners of an error that nobody has caught, and the host unless one of them prevents it. */
export function reportError(thrown: unknown): void {
  // What a listener throws while it is told of an error is for the host.
  if (reporting) {
    reportFault(thrown);
    return;
  }
  reporting = true;
  try {
    const message = thrown instanceof Error ? String(thrown.message) : '';
    const event = new ErrorEvent('error', { cancelable: true, message, error: thrown });
    if (fire(globalThis, event)) reportFault(thrown);
  } catch {
    reportFault(thrown);
  } finally {
    reporting = false;
  }
}
