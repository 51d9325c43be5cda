/** Sandboxes for tests: few processes, small limits, and waits with a bound. */
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import type { SandboxOptions } from '../../src/isolate/host/options.ts';
import { V8Sandbox } from '../../src/isolate/host/sandbox.ts';

/** Longest that anything is waited for: the machine may be busy. */
const PATIENCE_MS = 15_000;

export function openSandbox(options: SandboxOptions = {}): V8Sandbox {
  return new V8Sandbox({ threads: 1, ...options });
}

/** What `start` is called back with. */
export function heard<T>(start: (tell: (value: T) => void) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const late = setTimeout(() => reject(new Error('it did not happen')), PATIENCE_MS);
  start((value) => {
    clearTimeout(late);
    resolve(value);
  });
  return promise;
}

export function nextSystem<T = { readonly reason: string }>(
  isolate: Isolate,
  event: Parameters<Isolate['onSystem']>[0],
): Promise<T> {
  return heard<T>((tell) => isolate.onSystem(event, tell));
}

export function nextMessage<T = unknown>(isolate: Isolate, event: string): Promise<T> {
  return heard<T>((tell) => isolate.on(event, tell));
}

/** A guest for as long as `act` takes. */
export async function withGuest(sandbox: V8Sandbox, act: (guest: Isolate) => Promise<void>): Promise<void> {
  const guest = await sandbox.createIsolate();
  try {
    await act(guest);
  } finally {
    guest.destroy();
  }
}
