/** How a guest is reached: its child process, as far as this guest goes. Trusted side. */
export interface Connection {
  send(kind: number, ...payload: readonly Uint8Array[]): void;
  /** The guest is gone, or is to go; the host is done with it. */
  leave(): void;
  /** The child process has to end: it no longer obeys. */
  kill(why: string): void;
  /** Whether the guest has anything left to do may have changed. */
  changed(): void;
}
