/** Before any test: the bundles, since a script's thread always runs the built guest. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.js', import.meta.url)), '--quiet'], {
    stdio: 'inherit',
  });
}
