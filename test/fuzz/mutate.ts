/** Golden scripts with something wrong: pieces dropped, doubled, swapped, and borrowed from other scripts. */
import { GOLDEN } from './corpus.ts';
import type { Random } from './random.ts';

/** Tokens, roughly: what a mutation moves about. */
const PIECE = /\s+|[$@%&:]?[\p{L}_][\p{L}\p{N}_]*[?!]?|\d+|'[^'\n]*'|"[^"\n]*"|[\s\S]/gu;

const NASTY = [
  'end',
  '(',
  ')',
  '}',
  '{',
  '[',
  '#{',
  '"',
  "'",
  '|',
  '&.',
  '**',
  '*',
  '%',
  '=>',
  '$',
  '@',
  '\n',
  ';',
  '\0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '__END__\n',
  '<<EOF\n',
  "<<'X'",
  '1e999',
  '0x',
  'self',
  'super',
  'yield',
  'return',
  'break 3',
  '%net',
  '.object',
  "['__proto__']",
  '.constructor',
];

type Change = (pieces: string[], random: Random) => void;

const CHANGES: readonly Change[] = [
  (pieces, random) => pieces.splice(random.below(pieces.length), 1 + random.below(3)),
  (pieces, random) => pieces.splice(random.below(pieces.length), 0, random.pick(NASTY)),
  (pieces, random) => pieces.splice(random.below(pieces.length), 1, random.pick(pieces)),
  (pieces, random) => {
    const from = random.below(pieces.length);
    pieces.splice(random.below(pieces.length), 0, ...pieces.slice(from, from + random.below(12)));
  },
  (pieces, random) => {
    const other = random.pick(GOLDEN).match(PIECE) ?? [];
    const from = random.below(other.length);
    pieces.splice(random.below(pieces.length), 0, ...other.slice(from, from + random.below(20)));
  },
  (pieces, random) => {
    const at = random.below(pieces.length);
    const piece = pieces[at] ?? '';
    const cut = random.below(piece.length + 1);
    pieces[at] = piece.slice(0, cut) + String.fromCharCode(random.below(128)) + piece.slice(cut + 1);
  },
  (pieces, random) => pieces.splice(random.below(pieces.length)),
];

/** A golden script with one to five changes. Its comments stay: they hold libraries and input, which stay as they are. */
export function mutant(random: Random): string {
  const pieces = random.pick(GOLDEN).match(PIECE) ?? [];
  for (const change of random.many(1, 5, () => random.pick(CHANGES))) {
    if (pieces.length === 0) break;
    change(pieces, random);
  }
  return pieces.join('');
}
