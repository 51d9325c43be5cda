/** CPU time that this process has used, in microseconds. Of a child process, whose guests run in other threads. */

/** All threads but this one. */
export function usedByOthers(): number {
  return microseconds(process.cpuUsage()) - usedHere();
}

/** This thread. */
export function usedHere(): number {
  return microseconds(process.threadCpuUsage());
}

function microseconds({ user, system }: { readonly user: number; readonly system: number }): number {
  return user + system;
}
