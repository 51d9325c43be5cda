/** Why a guest has ended against its will, as its process tells the host. Crosses. */
export const TERMINATIONS = Object.freeze([
  'cpu_limit_exceeded',
  'memory_limit_exceeded',
  'time_limit_exceeded',
  'host_process_lost',
] as const);

export type Termination = (typeof TERMINATIONS)[number];
