/** What counts as a guest's CPU time, beside what its process used by the kernel's count. A busy machine changes neither. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

const CPU_MS = 250;
const open: V8Sandbox[] = [];
afterEach(() => {
  for (const sandbox of open.splice(0)) sandbox.shutdown();
});

function youngestChild(): number {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  return Math.max(...children.filter((id) => id !== '').map(Number));
}

/** ms of CPU time of all threads but the first, which takes care of the guests. In steps of 10. */
function guestsCpuMs(process: number): number {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const first = Number(readFileSync(`/proc/${process}/task/${process}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  return (Number(stat[11]) + Number(stat[12])) * 10 - first;
}

it.runIf(process.platform === 'linux').each([2, 4])('of %i busy guests in one process', async (count) => {
  const sandbox = openSandbox({ cpuMs: CPU_MS });
  open.push(sandbox);
  const guests = await Promise.all(Array.from({ length: count }, () => sandbox.createIsolate()));
  const child = youngestChild();
  const before = guestsCpuMs(child);
  let after = before;
  const ends = guests.map(async (guest) => {
    const { reason } = await nextSystem(guest, 'terminated');
    after = guestsCpuMs(child);
    return reason;
  });
  for (const guest of guests) guest.execute('for (;;);');
  expect(await Promise.all(ends)).toEqual(guests.map(() => 'cpu_limit_exceeded'));
  // 5 %, and for each guest the 10 ms between two counts.
  const used = after - before;
  expect(used).toBeGreaterThan(count * CPU_MS * 0.9);
  expect(used).toBeLessThan(count * (CPU_MS * 1.05 + 30));
});
