/** No file descriptor is left: what fails says so, and the listener goes on when there are some again. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../helpers/exhausted.ts', import.meta.url));

it.runIf(process.platform === 'linux')('is a LimitReachedError, and passes', async () => {
  const command = 'ulimit -n 64; exec "$0" --no-warnings "$1"';
  const said = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', command, process.execPath, script], { timeout: 15_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(said).toMatch(/^accepted LimitReachedError LimitReachedError (null|ConnectionResetError) accepted$/);
});
