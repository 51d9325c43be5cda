/**
 * Grants at work, without any network. Argument: which of MEASURES. The figure is in µs, or in ms where it is a parse.
 */
import type { Grants } from '../../src/index.ts';
import { host } from './product.ts';
import { answerRounds, rateBlocking } from './rounds.mjs';

const { Grants: GrantsClass } = await host();

/** Rules of every kind, in turn. */
function rules(count: number): string[] {
  const kinds = [
    (n: number) => `api${n}.example.com:443`,
    (n: number) => `*.zone${n}.example.org`,
    (n: number) => `10.${(n >> 8) & 255}.${n & 255}.0/24:8000-8999`,
    (n: number) => `host${n}.test`,
  ];
  return Array.from({ length: count }, (_, n) => kinds[n % kinds.length]?.(n) ?? '');
}

/** What each kind of rule allows, spread over the list. */
function asks(count: number): (readonly [string, number])[] {
  return Array.from({ length: 64 }, (_, n) => {
    const rule = Math.floor((n / 64) * (count / 4)) * 4;
    const which = [
      [`api${rule}.example.com`, 443],
      [`deep.below.zone${rule + 1}.example.org`, 80],
      [`10.${((rule + 2) >> 8) & 255}.${(rule + 2) & 255}.7`, 8080],
      [`host${rule + 3}.test`, 8443],
    ] as const;
    return which[n % 4] ?? which[0];
  });
}

/** µs of one check that allows. */
function check(grants: Grants, count: number) {
  const all = asks(count);
  const step = () => {
    for (const [name, port] of all) grants.checkConnect(name, port);
  };
  return (ms: number) => ({ value: 1e6 / rateBlocking(ms, step).value / all.length });
}

function chain(length: number): Grants {
  let grants = GrantsClass.parse({ allowNet: ['*.example.com:443'] });
  for (let n = 0; n < length; n++) grants = grants.narrow([`other${n}.example.com`, '*.example.com', '10.0.0.0/8']);
  return grants;
}

const MEASURES = {
  'check-10': () => check(GrantsClass.parse({ allowNet: rules(12), denyNet: ['metadata'] }), 12),
  'check-10000': () => check(GrantsClass.parse({ allowNet: rules(10_000), denyNet: ['metadata'] }), 10_000),
  'parse-10000': () => {
    const text = rules(10_000);
    return (ms: number) => ({ value: 1e3 / rateBlocking(ms, () => GrantsClass.parse({ allowNet: text })).value });
  },
  'chain-100': () => {
    const grants = chain(100);
    const step = () => grants.checkConnect('api.example.com', 443);
    return (ms: number) => ({ value: 1e6 / rateBlocking(ms, step).value });
  },
};

const wanted = process.argv[2] ?? '';
const measure = Object.entries(MEASURES).find(([name]) => name === wanted)?.[1];
if (measure === undefined) throw new Error(`there is no measure ${wanted}`);
await answerRounds(measure());
