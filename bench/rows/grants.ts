/**
 * Grants: decisions are on the way of every request, so they must cost nothing that one could measure there.
 */
import { staying } from '../harness/processes.ts';
import { file, NODE } from '../harness/programs.ts';
import type { Row } from '../harness/row.ts';

function row(name: string, title: string, unit: 'µs' | 'ms', atMost: number): Row {
  return {
    name: `grants.${name}`,
    title,
    unit,
    better: 'less',
    rounds: 5,
    targets: [{ peer: null, is: '≤', value: atMost }],
    contestants: () => [{ name: 'caspian-net', start: () => staying([NODE, file('contestants/grants.ts'), name]) }],
  };
}

export const grants: readonly Row[] = [
  row('check-10', 'a check that allows, among a dozen rules of every kind', 'µs', 0.3),
  row('check-10000', 'a check that allows, among 10,000 rules', 'µs', 1),
  row('parse-10000', 'parsing 10,000 rules', 'ms', 20),
  row('chain-100', 'a check through 100 narrowings', 'µs', 5),
];
