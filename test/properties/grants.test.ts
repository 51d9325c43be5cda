/**
 * The properties of narrowing and denying, over chains of grants that are generated. Each run of a property is one
 * case; the last test asserts how many there were. The properties of rules are in grants-rules.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import {
  answers,
  both,
  casesSoFar,
  chain,
  denyRule,
  dialled,
  EVERYTHING,
  holds,
  narrowed,
  oneOf,
  question,
  root,
  rule,
  rules,
  step,
  target,
  withoutLookUp,
} from './grants-world.ts';

describe('narrowing', () => {
  test('never widens', () => {
    holds(15_000, fc.tuple(chain, step, question), ([grants, next, asked]) => {
      const after = answers(narrowed(grants, next), asked);
      expect(both(after, answers(grants, asked))).toBe(after);
    });
  });

  test('is the parent and the rules: what both allow, and nothing else', () => {
    holds(10_000, fc.tuple(root, step, question), ([grants, next, asked]) => {
      const expected = both(answers(grants, asked), answers(narrowed(EVERYTHING, next), asked));
      expect(withoutLookUp(answers(narrowed(grants, next), asked))).toBe(withoutLookUp(expected));
    });
  });

  test('is idempotent', () => {
    holds(8_000, fc.tuple(chain, step, question), ([grants, next, asked]) => {
      const once = narrowed(grants, next);
      const twice = narrowed(once, next);
      expect(answers(twice, asked)).toBe(answers(once, asked));
      expect(twice.decideConnect(asked.target)).toEqual(once.decideConnect(asked.target));
    });
  });

  test('does not depend on order', () => {
    holds(8_000, fc.tuple(chain, step, step, question), ([grants, one, other, asked]) => {
      const there = answers(narrowed(narrowed(grants, one), other), asked);
      expect(there).toBe(answers(narrowed(narrowed(grants, other), one), asked));
    });
  });

  test('is associative: by what two narrowings make together, or by one and then the other', () => {
    holds(8_000, fc.tuple(root, step, step, question), ([grants, one, other, asked]) => {
      const together = narrowed(narrowed(EVERYTHING, one), other);
      const left = answers(narrowed(narrowed(grants, one), other), asked);
      const right = both(answers(grants, asked), answers(together, asked));
      expect(withoutLookUp(left)).toBe(withoutLookUp(right));
    });
  });

  test('the layer nearest the root that refuses decides, whatever is below it', () => {
    holds(5_000, fc.tuple(chain, step, question), ([grants, next, asked]) => {
      const above = grants.decideConnect(asked.target);
      if (above.kind === 'allowed') return;
      expect(narrowed(grants, next).decideConnect(asked.target)).toEqual(above);
    });
  });
});

describe('deny always wins', () => {
  /** What a rule covers if it grants is what it takes away if it denies: in the flags and in a narrowing. */
  test('over the same rule and over any other, in whatever order', () => {
    holds(10_000, fc.tuple(rules, rule, rules, target), ([before, denied, after, asked]) => {
      if (Grants.parse({ allowNet: [denied] }).decideConnect(asked).kind !== 'allowed') return;
      const allowNet = ['*', ...before, denied, ...after];
      const flags = Grants.parse({ allowNet, denyNet: [...after, denied, ...before] });
      expect(flags.decideConnect(asked).kind).toMatch(/^denied/);
      expect(EVERYTHING.narrow(allowNet, { deny: [denied] }).decideConnect(asked).kind).toMatch(/^denied/);
      const { host } = asked;
      if (host.kind === 'ip' && !/^\*/.test(denied)) expect(flags.decideAddress(asked, host.ip).kind).toBe('address');
    });
  });

  test('and takes nothing else away', () => {
    holds(8_000, fc.tuple(rules, denyRule, target, dialled), ([allowed, denied, asked, ip]) => {
      const alone = Grants.parse({ allowNet: true, denyNet: [denied] });
      const grants = Grants.parse({ allowNet: ['*', ...allowed], denyNet: [denied] });
      expect(grants.decideConnect(asked).kind).toBe(alone.decideConnect(asked).kind);
      expect(grants.decideAddress(asked, ip).kind).toBe(alone.decideAddress(asked, ip).kind);
    });
  });
});

test('a budget is never overdrawn, however it is shared', () => {
  const moves = fc.array(fc.tuple(fc.nat({ max: 5 }), oneOf(['narrow', 'ask', 'revoke'])), { maxLength: 25 });
  holds(5_000, fc.tuple(fc.nat({ max: 5 }), moves), ([maxRequests, list]) => {
    const top = Capability.root(EVERYTHING);
    const all = [top.narrow(['*'], { maxRequests })];
    let granted = 0;
    for (const [index, move] of list) {
      const one = all[index % all.length];
      if (one === undefined) continue;
      try {
        if (move === 'narrow') all.push(one.narrow(['*'], { maxRequests: 3 }));
        else if (move === 'revoke') all[0]?.revoke(one);
        else granted += one.permitConnect({ operation: 'connect', host: 'a', port: 1 }).port;
      } catch (error) {
        expect(['NET_BUDGET', 'NET_REVOKED', 'ARGUMENT']).toContain((error as { code: string }).code);
      }
    }
    expect(granted).toBeLessThanOrEqual(maxRequests);
  });
});

test('there were 60,000 cases and more', () => {
  expect(casesSoFar()).toBeGreaterThanOrEqual(60_000);
});
