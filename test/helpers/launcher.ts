/** The launcher as a process of its own: started with arguments, watched until it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/caspian.cjs', import.meta.url));
/** Longest life of one launcher, in milliseconds: one that is killed for it has failed. */
const PATIENCE_MS = 15_000;

export interface Launched {
  readonly child: ChildProcess;
  readonly printed: { stdout: string; stderr: string };
  /** Resolves when stdout has this text. */
  says(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts it. `read: false` leaves what it prints unread, as a pager that is paused does. */
export function launch(
  args: readonly string[],
  { read = true, stdin = 'pipe' }: { readonly read?: boolean; readonly stdin?: 'pipe' | number } = {},
): Launched {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: [stdin, 'pipe', 'pipe'], env: {} });
  const printed = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  child.stdin?.on('error', () => {});
  if (read) {
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      printed.stdout += piece;
      for (const look of waiting) look();
    });
  }
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    printed.stderr += piece;
    for (const look of waiting) look();
  });
  const guard = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on(read ? 'close' : 'exit', (code, signal) => {
      clearTimeout(guard);
      resolve({ code, signal });
    });
  });
  const says = async (text: string): Promise<void> => {
    const found = new Promise<void>((resolve) => {
      const look = (): void => {
        if (printed.stdout.includes(text) || printed.stderr.includes(text)) resolve();
      };
      waiting.push(look);
      look();
    });
    await Promise.race([found, ended]);
  };
  return { child, printed, says, ended };
}

/** Runs it to its end, with `input` on its standard input. */
export async function runLauncher(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const { child, printed, ended } = launch(args);
  child.stdin?.end(input);
  const { code } = await ended;
  return { code, ...printed };
}
