/**
 * Isolates: how soon one is there, what it costs, how fast it talks, and how soon it is gone.
 */
import { staying } from '../harness/processes.ts';
import { file, NODE } from '../harness/programs.ts';
import type { Row } from '../harness/row.ts';

/** Rows that isolated-vm and a pipe, and nothing else, are measured beside: what can't be done faster. */
const RAW: readonly string[] = ['cold', 'blocking'];
const RAW_NAME = 'isolated-vm, a pipe';
const RAW_COMMAND = [NODE, '--no-node-snapshot', file('contestants/isolates-raw.ts')] as const;

function row(name: string, title: string, unit: string, better: Row['better'], target: number): Row {
  return {
    name: `isolates.${name}`,
    title,
    unit,
    better,
    rounds: 5,
    targets: [{ peer: null, is: better === 'less' ? '≤' : '≥', value: target }],
    contestants: () => [
      { name: 'caspian-net', start: () => staying([NODE, file('contestants/isolates.ts'), name]) },
      ...(RAW.includes(name) ? [{ name: RAW_NAME, start: () => staying([...RAW_COMMAND, name]) }] : []),
    ],
  };
}

export const isolates: readonly Row[] = [
  row('ready', 'an isolate, one now and then: made ahead', 'ms', 'less', 0.5),
  row('cold', 'an isolate, one after the other without a pause', 'ms', 'less', 4),
  row('memory', 'memory of the child for each of a hundred isolates', 'MiB', 'less', 3.4),
  row('single', 'messages to the host, each in a turn of its own', '/s', 'more', 250_000),
  row('batched', 'messages to the host, as fast as they can be sent', '/s', 'more', 800_000),
  row('blocking', 'a call of the guest that blocks it: to the kernel and back', 'µs', 'less', 130),
  row('kill', 'from the end of its CPU time to its end', 'ms', 'less', 30),
  row('kill-hard', 'the same inside of a built-in that can not be stopped', 'ms', 'less', 350),
  row('cpu-2', 'what counts as CPU time of 2 busy guests, and what they used: difference', '%', 'less', 5),
  row('cpu-4', 'the same of 4', '%', 'less', 5),
];
