/** The TypeScript compiler over a folder of a test's own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

/** What it complains of by the tsconfig.json in there, line by line. */
export function typeCheck(folder: string): Promise<readonly string[]> {
  const args = [tsc, '-p', join(folder, 'tsconfig.json'), '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout) =>
      resolve(stdout.split('\n').filter((line) => line !== '')),
    );
  });
}
