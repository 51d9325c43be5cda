/**
 * A small world of rules, targets and chains for the properties of grants: few labels, few networks, ports near one
 * another, so that rules and targets meet often.
 */
import fc from 'fast-check';
import { vi } from 'vitest';
import { parseIp } from '../../src/net/address/ip.ts';
import { parseListenTarget, parseTarget } from '../../src/net/address/target.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import type { NarrowOptions } from '../../src/net/grants/narrowing.ts';

vi.setConfig({ testTimeout: 120_000 });

let cases = 0;

/** How many cases there were so far in this file. */
export function casesSoFar(): number {
  return cases;
}

/** Runs a property `runs` times; a failure shows the smallest counter-example. */
export function holds<T>(runs: number, arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      cases++;
      property(value);
    }),
    { numRuns: runs },
  );
}

export const NAMES = [
  'a',
  'b',
  'a.b',
  'b.a',
  'a.a.b',
  'x.a.b',
  'localhost',
  'xn--ls8h.a',
  '__proto__',
  'constructor.b',
];
export const IPV4 = [
  '10.0.0.1',
  '10.0.1.1',
  '10.1.0.1',
  '11.0.0.0',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.169.254',
  '8.8.8.8',
  '192.0.0.9',
  '192.0.0.11',
];
export const IPV6 = [
  '::1',
  '::',
  '2001:db8::1',
  '2001:db8:1::1',
  '2606:4700::1',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  '2001:1::1',
];
export const EMBEDDING = [
  '64:ff9b::a00:1',
  '2002:a00:1::',
  '::a00:1',
  '::ffff:0:a00:1',
  'fe80::5efe:a00:1',
  '64:ff9b::808:808',
  '2001:0:a00:1::f5ff:fffe',
];
export const SETS = ['private', 'loopback', 'link-local', 'metadata', 'special'];

export const oneOf = <T>(items: readonly T[]) => fc.constantFrom(...items);
export const port = fc.integer({ min: 1, max: 9 });
export const ports = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: port.map((at) => `:${at}`) },
  fc.tuple(port, port).map(([from, to]) => `:${Math.min(from, to)}-${Math.max(from, to)}`),
  fc.constant(':*'),
);
export const networks = fc.oneof(
  fc.tuple(oneOf(IPV4), fc.integer({ min: 0, max: 32 })).map(([ip, length]) => `${ip}/${length}`),
  fc.tuple(oneOf([...IPV6, ...EMBEDDING]), fc.integer({ min: 0, max: 128 })).map(([ip, length]) => `[${ip}/${length}]`),
);
export const host = fc.oneof(
  { weight: 3, arbitrary: oneOf(NAMES) },
  { weight: 2, arbitrary: oneOf(NAMES).map((name) => `*.${name}`) },
  { weight: 1, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: oneOf([...IPV4, ...[...IPV6, ...EMBEDDING].map((ip) => `[${ip}]`)]) },
  { weight: 2, arbitrary: networks },
);
export const rule = fc.tuple(host, ports).map((parts) => parts.join(''));
export const denyRule = fc.oneof(
  { weight: 3, arbitrary: rule },
  { weight: 2, arbitrary: fc.tuple(oneOf(SETS), ports).map((parts) => parts.join('')) },
);
export const listenRule = fc.oneof(
  fc.tuple(host, oneOf([':0', ':*', ':5', ':3-7'])).map((parts) => parts.join('')),
  oneOf(['0', '*', '5', '3-7']),
);
export const rules = fc.array(rule, { maxLength: 6 });
export const denyRules = fc.array(denyRule, { maxLength: 3 });
export const listenRules = fc.array(listenRule, { maxLength: 3 });

export const someName = fc.oneof(
  oneOf(NAMES),
  fc.tuple(oneOf(['x', 'a', 'b']), oneOf(NAMES)).map((labels) => labels.join('.')),
);
export const target = fc
  .tuple(fc.oneof(someName, oneOf([...IPV4, ...IPV6, ...EMBEDDING])), port)
  .map(([name, at]) => parseTarget(name, at));
export const listenTarget = fc
  .tuple(oneOf([...NAMES, ...IPV4, ...IPV6]), fc.integer({ min: 0, max: 9 }))
  .map(([name, at]) => parseListenTarget(name, at));
export const dialled = oneOf([...IPV4, ...IPV6, ...EMBEDDING]).map((text) => {
  const ip = parseIp(text);
  if (ip === null) throw new Error(text);
  return ip;
});

export interface Step {
  readonly rules: readonly string[];
  readonly options: NarrowOptions;
}

export const options: fc.Arbitrary<NarrowOptions> = fc.record(
  {
    deny: denyRules,
    listen: listenRules,
    methods: fc.subarray(['GET', 'PUT', 'WEBSOCKET']),
    paths: fc.subarray(['/a*', '*b', '/a/b', '*'], { minLength: 1 }),
    httpsOnly: fc.boolean(),
    raw: fc.boolean(),
  },
  { requiredKeys: [] },
);
export const step: fc.Arbitrary<Step> = fc.record({ rules, options });
export const root = fc
  .record({
    allowNet: fc.oneof(fc.constant(true as const), rules),
    denyNet: denyRules,
    allowListen: listenRules,
    allowDns: fc.boolean(),
  })
  .map((input) => Grants.parse(input));
export const chain = fc
  .tuple(root, fc.array(step, { maxLength: 3 }))
  .map(([grants, steps]) => steps.reduce(narrowed, grants));
export const url = fc
  .tuple(oneOf(['http', 'https', 'ws', 'wss']), oneOf(['/a', '/a/b', '/c/b', '/', '/a/%2e', '/a/..;/b']))
  .map(([scheme, path]) => new URL(`${scheme}://host${path}`));
export const request = fc.tuple(url, oneOf(['GET', 'PUT', 'HEAD'])).map(([to, method]) => ({
  url: to,
  method: /^ws/.test(to.protocol) ? 'WEBSOCKET' : method,
}));

/** Everything that may be asked of grants at once. */
export const question = fc.record({ target, listenTarget, ip: dialled, request });
export type Question = typeof question extends fc.Arbitrary<infer Q> ? Q : never;

export function narrowed(grants: Grants, { rules: list, options: more }: Step): Grants {
  return grants.narrow(list, more);
}

/** Where `answers` tells of look-ups: the one thing that the flags may lift (allowDns) above what a narrowing says. */
export const LOOK_UP = 4;

/** What is allowed, question by question: `1` or `0` for each. */
export function answers(grants: Grants, asked: Question): string {
  return [
    grants.decideConnect(asked.target),
    grants.decideRaw(asked.target),
    grants.decideRequest(asked.target, asked.request),
    grants.decideListen(asked.listenTarget),
    grants.decideResolve(asked.target.host),
    grants.decideAddress(asked.target, asked.ip),
  ]
    .map(({ kind }) => (kind === 'allowed' ? '1' : '0'))
    .join('');
}

export function both(one: string, other: string): string {
  return Array.from(one, (answer, at) => (answer === '1' && other[at] === '1' ? '1' : '0')).join('');
}

export function withoutLookUp(list: string): string {
  return list.slice(0, LOOK_UP) + list.slice(LOOK_UP + 1);
}

/** Grants of everything, to see what a narrowing does by itself. */
export const EVERYTHING = Grants.parse({ allowNet: true, allowListen: true, allowDns: true });
