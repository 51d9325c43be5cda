/** Programs of spec/grammar.md, with names that mean something in place of most of its random ones. */
import { Generator, readGrammar } from '../helpers/grammar.ts';
import { METHODS } from './corpus.ts';
import { NAMES, PRELUDE } from './programs.ts';
import type { Random } from './random.ts';

const grammar = readGrammar();

export function grammarProgram(random: Random): string {
  const made = new Generator(grammar, () => random.fraction()).make('program', 1 + random.below(120));
  const named = made
    .replaceAll(/\$[A-Za-z_]\w*/g, (name) => (random.oneIn(8) ? name : `$${random.pick(NAMES)}`))
    .replaceAll(/(?<=[\w)\]}]\.)[A-Za-z_]\w*[?!]?/g, (name) => (random.oneIn(4) ? name : random.pick(METHODS)));
  return `${PRELUDE}${named}`;
}
