/** The child process gets nothing of the host's environment: no NODE_OPTIONS, no secret, no file but its own. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

/** The processes that this one has started for isolates, by their command lines. */
function childCommand(): { readonly args: string[]; readonly environment: string } | null {
  const mine = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  for (const id of mine) {
    const args = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
    if (args.some((arg) => arg.endsWith('isolate-child.cjs'))) {
      return { args, environment: readFileSync(`/proc/${id}/environ`, 'utf8') };
    }
  }
  return null;
}

it.skipIf(process.platform !== 'linux')('starts with no environment, and with little that it may do', async () => {
  process.env['ISOLATE_TEST_SECRET'] = 'secret';
  process.env['NODE_OPTIONS'] = '';
  await sandbox.createIsolate();
  const child = childCommand();
  expect(child?.environment).toBe('');
  expect(child?.args).toContain('--permission');
  expect(child?.args.filter((arg) => arg.startsWith('--allow'))).toHaveLength(3);
  expect(child?.args.join(' ')).not.toContain('secret');
});
