/** Before any test: the bundles, since a script's thread always runs the built guest. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export function setup(): void {
  if (builtAt() > changedAt()) return;
  execFileSync(process.execPath, [join(root, 'scripts/build.js'), '--quiet', '--no-types'], { stdio: 'inherit' });
}

function builtAt(): number {
  return statSync(join(root, 'dist/script.cjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function changedAt(): number {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  return Math.max(...sources.map((file) => statSync(join(root, 'src', file)).mtimeMs));
}
