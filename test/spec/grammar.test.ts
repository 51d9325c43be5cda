/** spec/grammar.md is whole, and what it makes can be read but for the conditions that the page names beside the rules. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CaspianSyntaxError, parse } from '../../src/caspian/program.ts';
import { Generator, readGrammar, rulesIn } from '../helpers/grammar.ts';

const grammar = readGrammar();

/** The conditions that a generator does not keep, by what is said where one is not met. */
const CONDITIONS =
  /outside every loop|are called|given twice|levels inside each other|leaves 1 loop or more|does not compare, it assigns/;

/** Numbers from 0 up to 1, always the same for a seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

it('defines every rule that it uses, and uses every rule that it defines', () => {
  const used = new Set([...grammar.values()].flatMap(rulesIn));
  expect([...used].filter((name) => !grammar.has(name))).toEqual([]);
  expect([...grammar.keys()].filter((name) => !used.has(name) && name !== 'program')).toEqual([]);
});

it('makes programs that can be read', () => {
  let readable = 0;
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 150 }), (seed, budget) => {
      const source = new Generator(grammar, numbers(seed)).make('program', budget);
      try {
        parse(source, { file: 'generated.casp' });
        readable++;
      } catch (thrown) {
        if (!(thrown instanceof CaspianSyntaxError)) throw thrown;
        expect(thrown.message, source).toMatch(CONDITIONS);
      }
    }),
    { numRuns: 1500, seed: 7 },
  );
  expect(readable).toBeGreaterThan(700);
});
