/**
 * In CI, before any test: the files of web-platform-tests. Elsewhere nobody downloads 40 MB unasked (`npm run wpt` does).
 * An archive without sources is nothing that a change here could mend, so it fails no run: the tests are skipped, and
 * this says why.
 */
import { bringWpt } from './fetch.ts';

export function setup(): void {
  if (process.env['CI'] !== 'true') return;
  try {
    bringWpt();
  } catch (error) {
    process.stderr.write(`web-platform-tests are skipped: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
