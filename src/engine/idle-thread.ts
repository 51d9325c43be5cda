/**
 * A thread for a script that is not known yet: it boots and loads the language while the launcher still reads flags,
 * or a host waits for its next request. Trusted side.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * The thread's code is always the built bundle, which loads several times faster than the sources do: beside the other
 * bundles when this file is in one of them, in dist/ when it runs from src/.
 */
const fromSource = import.meta.url.endsWith('.ts');
const guestFile = fileURLToPath(new URL(fromSource ? '../../dist/boot.cjs' : './boot.cjs', import.meta.url));

/** For the 10,000 calls inside each other that a script may make by default, blocks between them; only what is used is taken. */
const STACK_MB = 32;

/** Of the memory that a script may hold, what is for objects that have just been made. */
const YOUNG_SHARE = 0.25;
const LONGEST_YOUNG_MB = 32;
/** Of what the script may hold: where V8 ends the thread. No single allocation reaches it from below the limit. */
const LAST_NET = { times: 3, plusMb: 160 };

/** What a thread is started with. */
export interface ThreadOptions {
  /** What the script may hold; absent: no limit. */
  readonly memoryMb?: number | undefined;
  /** A folder for compiled code that nobody else can write to; absent: none. */
  readonly cache?: string | undefined;
}

/** Starts a thread that waits for its script. */
export function startIdleThread({ memoryMb, cache }: ThreadOptions = {}): Worker {
  return new Worker(guestFile, {
    workerData: cache ?? null,
    // The script's thread has no environment and none of the process's flags.
    env: {},
    execArgv: [],
    argv: [],
    resourceLimits: { stackSizeMb: STACK_MB, ...(memoryMb === undefined ? {} : memoryLimits(memoryMb)) },
  });
}

/**
 * V8's own limit lies far above what the script may hold, since V8 ends the process where one allocation does not fit:
 * the script's side looks at what it holds, the engine looks on, and this is the last net
 * (test/attacks/engine-memory-growth.test.ts).
 */
function memoryLimits(memoryMb: number) {
  const young = Math.min(LONGEST_YOUNG_MB, Math.max(1, Math.floor(memoryMb * YOUNG_SHARE)));
  return { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: LAST_NET.times * memoryMb + LAST_NET.plusMb };
}
