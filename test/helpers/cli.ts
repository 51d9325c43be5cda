/** Runs `caspian` as a shell does: a process of its own, with what it printed and how it ended. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Longest that a command may take before it is killed and the test fails. */
const PATIENCE_MS = 15_000;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  /** Called with what has been printed so far, each time that there is more. */
  readonly watch?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export function caspian(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return launch('caspian', args, options);
}

/** As `caspian`, for any command of the package. */
export function launch(
  command: 'caspian' | 'network-runtime',
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const bin = join(root, 'bin', `${command}.cjs`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: options.cwd ?? root, timeout: PATIENCE_MS });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      options.watch?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}
