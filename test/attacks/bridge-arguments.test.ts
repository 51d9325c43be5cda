/** Attack: arguments of every wrong kind, in every place of every row of the operations table. */
import { expect, it } from 'vitest';
import type { WireValue } from '../../src/wire/codec.ts';
import { OPERATIONS } from '../../src/wire/operations.ts';
import { ServedLink } from '../helpers/served-link.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

const RIGHT: Readonly<Record<string, WireValue>> = {
  text: 'api.test',
  'text?': null,
  bytes: new Uint8Array(1),
  boolean: true,
  integer: 1,
  'integer?': 1,
  'seconds?': 0.05,
  texts: ['api.test'],
  integers: [],
  record: {},
  value: null,
  by: ['user', null, null],
};

/** For each kind: values that are not of it. */
const WRONG: Readonly<Record<string, readonly WireValue[]>> = {
  text: [null, 1, true, new Uint8Array(2), [], {}, 'x'.repeat(1_048_577)],
  'text?': [1, true, [], {}],
  bytes: [null, 'x', 1, [1, 2], { length: 3 }],
  boolean: [null, 0, 1, 'true', [], {}],
  integer: [null, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53), '1', true, [1], { valueOf: 1 }],
  'integer?': [1.5, Number.NaN, '1', true],
  'seconds?': [-1, Number.NaN, Number.NEGATIVE_INFINITY, '1', true, [], {}],
  texts: [null, 'x', 1, [1], ['x', null], [['x']], {}, { 0: 'x', length: 1 }, ['x'.repeat(1_048_577)]],
  integers: [null, 1, 'x', ['1'], [1.5], [null], [[1]], {}, { 0: 1, length: 1 }, new Uint8Array(1)],
  record: [null, 'x', 1, [], [['method', 'GET']], new Uint8Array(1)],
  value: [],
  by: [null, 'user', 1, {}, new Uint8Array(1)],
};

it.each(OPERATIONS.map((row) => [row.name, row] as const))('%s takes none of them', async (name, row) => {
  await using server = await startTcp();
  await using net = testNet();
  const right = row.arguments.map(({ kind }) => RIGHT[kind] ?? null);
  for (const [at, { kind }] of row.arguments.entries()) {
    for (const wrong of WRONG[kind] ?? expect.unreachable(`a kind without wrong values: ${kind}`)) {
      using link = new ServedLink(net);
      const answer = await link.ask(name, 0, ...right.with(at, wrong));
      expect(answer).toMatchObject({ kind: 'error', name: 'ArgumentError' });
      // The link goes on: it was a mistake, no breach.
      expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
    }
  }
  for (const count of [right.length - 1, right.length + 1].filter((count) => count >= 0)) {
    using link = new ServedLink(net);
    expect(await link.ask(name, 0, ...Array.from({ length: count }, (_, at) => right[at] ?? null))).toEqual({
      kind: 'ended',
    });
  }
  expect(server.accepted).toBe(0);
});
