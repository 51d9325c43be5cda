/** What this process holds just now, so that a test can tell whether something is left behind. */
import { createHook } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';

export interface Held {
  /** Sockets of the system's: TCP, UDP, listening or connected. */
  readonly sockets: number;
  /** Handles of sockets, servers, ports and threads, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Timers, those that keep nothing awake included. */
  readonly timers: number;
  /** Listeners at signals that have not been aborted. */
  readonly abortListeners: number;
}

/** Counts from now on. Timers and signals of before are not seen. */
export class Holdings implements Disposable {
  readonly #timers = new Set<number>();
  readonly #signals = new Set<AbortSignal>();
  readonly #add = EventTarget.prototype.addEventListener;
  readonly #hook = createHook({
    init: (id, type) => {
      if (type === 'Timeout') this.#timers.add(id);
    },
    destroy: (id) => this.#timers.delete(id),
  });

  constructor() {
    this.#hook.enable();
    const [add, signals] = [this.#add, this.#signals];
    EventTarget.prototype.addEventListener = function (...args: Parameters<EventTarget['addEventListener']>) {
      if (this instanceof AbortSignal) signals.add(this);
      return add.apply(this, args);
    };
  }

  get now(): Held {
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) {
      if (/TCP|UDP|TLS|Message|Worker/.test(kind)) resources[kind] = (resources[kind] ?? 0) + 1;
    }
    const lasting = [...this.#signals].filter(({ aborted }) => !aborted);
    const abortListeners = lasting.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
    return { sockets: openDescriptors(), resources, timers: this.#timers.size, abortListeners };
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
    EventTarget.prototype.addEventListener = this.#add;
  }
}

/** Descriptors of this process that are sockets. Linux tells them apart. */
function openDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
