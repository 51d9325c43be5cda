/**
 * Egress: what a policy, limits, a journal and a cache cost on top of a net, with the state in a file of SQLite.
 */
import { needsNginx, SMALL_BYTES, startNginx } from '../harness/nginx.ts';
import { staying } from '../harness/processes.ts';
import { file, NODE } from '../harness/programs.ts';
import type { Row } from '../harness/row.ts';
import { temporaryFolder } from '../harness/temporary.ts';

/** A host of many apps runs for long: until both are compiled as far as they will be. */
const STEADY = { ms: 500, rounds: 10 };

/** `by`: the contestant's file. */
function fetching(name: string, title: string, by: string): Row {
  return {
    name: `egress.${name}`,
    title,
    unit: 'req/s',
    better: 'more',
    rounds: 7,
    warmRounds: STEADY.rounds,
    targets: [{ peer: 'no egress', is: '≥', value: 0.85 }],
    contestants: async (stack) => {
      if (!needsNginx.met()) return [{ name: 'all: nginx', needs: [needsNginx], start: unstartable }];
      const { url } = await startNginx(stack);
      const folder = temporaryFolder(stack);
      const start = (kind: string) => () => {
        const command = [NODE, file(by), `${url}/small`, String(SMALL_BYTES), kind, folder] as const;
        return staying(command, { countsCpu: true, ms: STEADY.ms });
      };
      return [
        { name: 'caspian-net', start: start('egress') },
        { name: 'no egress', start: start('plain') },
      ];
    },
  };
}

function state(name: string, title: string, unit: string, target: Row['targets'][number], better: Row['better']): Row {
  return {
    name: `egress.${name}`,
    title,
    unit,
    better,
    rounds: 5,
    targets: [target],
    contestants: (stack) => {
      const folder = temporaryFolder(stack);
      const script = file('contestants/egress/state.ts');
      return [{ name: 'caspian-net', start: () => staying([NODE, script, name, folder]) }];
    },
  };
}

/** That of a neighbour. */
const ROUND_MS = 2_000;

/** `beside`: the neighbour, as in contestants/egress/neighbours.ts. */
function neighbour(beside: string, title: string): Row {
  return {
    name: `egress.beside-${beside}`,
    title: `p99 of a quiet app's calls beside ${title}, both on one event loop`,
    unit: 'ms',
    better: 'less',
    rounds: 9,
    warmRounds: 2,
    targets: [{ peer: 'alone', is: '≤', value: 1.5 }],
    contestants: async (stack) => {
      if (!needsNginx.met()) return [{ name: 'all: nginx', needs: [needsNginx], start: unstartable }];
      const { url, worker } = await startNginx(stack);
      const folder = temporaryFolder(stack);
      const script = file('contestants/egress/neighbours.ts');
      const start = (kind: string) => () =>
        staying([NODE, script, url, kind, folder, String(worker)], { ms: ROUND_MS });
      return [
        { name: `beside a ${beside}`, start: start(beside) },
        { name: 'alone', start: start('alone') },
      ];
    },
  };
}

const lag: Row = {
  name: 'egress.journal-lag',
  title: 'the longest that the loop stands still in 2 s, with 5,000 rows a second for the journal, and without',
  unit: 'ms',
  better: 'less',
  rounds: 5,
  targets: [],
  contestants: (stack) => {
    const folder = temporaryFolder(stack);
    const script = file('contestants/egress/state.ts');
    const start = (kind: string) => () => staying([NODE, script, kind, folder], { ms: ROUND_MS });
    return [
      { name: 'caspian-net', start: start('journal-lag') },
      { name: 'no journal', start: start('idle-lag') },
    ];
  },
};

function unstartable(): never {
  throw new Error('it is not here');
}

export const egress: readonly Row[] = [
  fetching('small', 'GET of 200 bytes by a script under an egress, beside one without', 'contestants/egress/script.ts'),
  fetching('small-host', 'the same by a host, in the thread of the loop', 'contestants/egress/fetch.ts'),
  state('cache-hit', 'a call that the cache answers', 'µs', { peer: null, is: '≤', value: 30 }, 'less'),
  state('journal', 'rows of the journal, in batches of 500', 'rows/s', { peer: null, is: '≥', value: 50_000 }, 'more'),
  neighbour('flood', 'an app that starts thousands of calls at once'),
  neighbour('stall', 'an app whose servers never answer, drip or are slow'),
  neighbour('large', 'an app whose responses are large, or decode to too much'),
  neighbour('reader', 'an app that reads its responses slowly'),
  lag,
];
