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
  // Connect, listen, datagrams from anywhere and at an address, HTTP for the first time.
  const limited = Array.from({ length: 5 }, () => 'LimitReachedError').join(' ');
  const lookedUp = 'DnsFailureError DnsFailureError';
  expect(said).toMatch(new RegExp(`^accepted ${limited} ${lookedUp} (null|ConnectionResetError) accepted$`));
});
