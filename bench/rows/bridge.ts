/**
 * The bridge: what one call of a script costs before anything is done, and what a blocked script costs.
 */

import { type Command, staying } from '../harness/processes.ts';
import { file, NODE, needsPackage, needsTaskset } from '../harness/programs.ts';
import type { Contestant, Row, Target } from '../harness/row.ts';

const ROUND_MS = 300;
const BLOCKED_MS = 2_000;
/** Nothing, as far as a process can measure it. */
const NO_CPU_MS = 2;

interface Placement {
  readonly before?: Command;
  readonly pinTo?: number;
}

function trips({ before, pinTo }: Placement): Contestant[] {
  const contestant = (name: string, path: string): Contestant => {
    const script = file(`contestants/bridge/${path}`);
    const command: Command = before === undefined ? [NODE, script] : [...before, NODE, script];
    return {
      name,
      needs: [...(path.startsWith('synckit') ? [needsPackage('synckit')] : []), needsTaskset],
      start: () => staying(command, { ms: ROUND_MS, ...(pinTo === undefined ? {} : { pinTo }) }),
    };
  };
  return [
    contestant('caspian-net', 'caspian.ts'),
    contestant('synckit', 'synckit.mjs'),
    contestant('postMessage + Atomics', 'post-message.ts'),
  ];
}

function roundTrip(name: string, title: string, placement: Placement, targets: readonly Target[]): Row {
  const contestants = () => trips(placement);
  return { name: `bridge.${name}`, title, unit: 'µs (p50)', better: 'less', rounds: 5, targets, contestants };
}

export const bridge: readonly Row[] = [
  roundTrip('free', 'a call that does nothing, threads where the system puts them', {}, [
    { peer: null, is: '≤', value: 0.5 },
    { peer: 'synckit', is: '≤', value: 0.1 },
  ]),
  roundTrip('one-cpu', 'the same, started on one CPU, so that it knows', { before: ['taskset', '-c', '0'] }, [
    { peer: null, is: '≤', value: 6 },
  ]),
  roundTrip('pinned', 'the same, both threads moved to one CPU after the start', { pinTo: 0 }, [
    { peer: null, is: '≤', value: 6 },
  ]),
  {
    name: 'bridge.blocked',
    title: 'CPU time of a process whose script waits 2 s for a byte',
    unit: 'ms CPU',
    better: 'less',
    rounds: 3,
    targets: [{ peer: null, is: '≤', value: NO_CPU_MS }],
    contestants: () => [blocked('caspian-net', []), blocked('node, idle', ['idle'])],
  },
];

function blocked(name: string, args: readonly string[]): Contestant {
  const command: Command = [NODE, file('contestants/bridge/blocked.ts'), ...args];
  return { name, start: () => staying(command, { ms: BLOCKED_MS }) };
}
