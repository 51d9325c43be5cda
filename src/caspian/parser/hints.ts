/**
 * The likely fix of a syntax error, from where the parser stands and what it has passed. Powerless side. Looked for only
 * when it has failed; a guess is worth more than none, and says "may" where it is one.
 */
import { T, type Token } from '../lexer/token.ts';
import { ownWord } from '../runtime/foreign.ts';

/** What a parser remembers for its hints. */
export interface Passed {
  readonly source: string;
  /** Pairs: a word that opened something, and where the `end` of it stands. */
  readonly closed: readonly { readonly opened: Token; readonly end: number }[];
  /** The first word of another language that stood like a call. */
  readonly foreign: Token | null;
  /** An `else` with an `if` behind it in its line. */
  readonly elseIf: Token | null;
  /** The last string that goes over several lines: the lines of its ends. */
  readonly longString: { readonly from: number; readonly to: number } | null;
}

const CLOSERS: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** `before` is the token before the one that could not be read. */
export function hintFor(passed: Passed, at: Token, before: Token | null, expected: string | null): string | null {
  return (
    fromString(passed, at) ??
    fromOperators(at, before) ??
    fromEnd(passed, at, expected) ??
    fromForeign(passed, at) ??
    fromList(at, before, expected)
  );
}

function fromString({ longString }: Passed, at: Token): string | null {
  if (longString === null || at.line !== longString.to || at.kind === T.eof) return null;
  return `a string begins in line ${longString.from} and ends in this one: is a quote missing in line ${longString.from}?`;
}

function fromOperators(at: Token, before: Token | null): string | null {
  if (at.kind === T.op && at.value === '=>' && before?.value === ')') {
    return 'a closure is written: closure($a) … end, or { |a| … }';
  }
  if (before?.kind !== T.op) return null;
  const pair = before.value + (at.kind === T.op ? at.value : '');
  if (pair === '===' || (before.value === '==' && at.value === '=')) return 'two values are compared with ==';
  if (pair === '!==') return 'two values are compared with !=';
  if (pair === '++') return 'if it is to count by one: $i += 1';
  if (pair === '=<' || pair === '=>' || before.value === '=>') return 'at most is written <=, at least >=';
  if (before.value === '+' || before.value === '-') {
    const ends = at.kind === T.newline || at.kind === T.eof || (at.kind === T.op && at.value === ')');
    if (ends) return `if it is to count by one: $i ${before.value}= 1`;
  }
  return null;
}

function fromEnd(passed: Passed, at: Token, expected: string | null): string | null {
  if (at.kind === T.eof && expected?.startsWith("'end'")) {
    if (passed.elseIf !== null) {
      return `'else if' in line ${passed.elseIf.line} opens an if that needs an end of its own: write elsif`;
    }
    return suspect(passed);
  }
  if (at.kind !== T.name || at.value !== 'end') return null;
  return (
    fromForeign(passed, at) ?? "there is one 'end' more than there are blocks, or a word that opens one is missing"
  );
}

/** The first block whose `end` stands further left than the line that opened it: that end was another's. */
function suspect({ source, closed }: Passed): string | null {
  for (const { opened, end } of closed) {
    const from = source.lastIndexOf('\n', end - 1) + 1;
    const indent = /^[ \t]*/.exec(source.slice(from, end))?.[0] ?? '';
    if (from + indent.length !== end) continue;
    const line = source.lastIndexOf('\n', opened.start - 1) + 1;
    const before = /^[ \t]*/.exec(source.slice(line, opened.start))?.[0] ?? '';
    if (indent.length < before.length) {
      return `it may be the '${opened.value}' in line ${opened.line} that has none: the end that closes it stands further left`;
    }
  }
  return null;
}

function fromForeign({ foreign }: Passed, at: Token): string | null {
  const known = ownWord(foreign?.value ?? '') ?? (at.kind === T.name ? ownWord(at.value) : null);
  if (known === null) return null;
  return foreign === null || foreign.line === at.line ? known : `line ${foreign.line}: ${known}`;
}

/** A value where a list should go on or end. */
function fromList(at: Token, before: Token | null, expected: string | null): string | null {
  const closer = /^'([)\]}])'/.exec(expected ?? '')?.[1];
  if (closer === undefined) return null;
  const isValue = at.kind !== T.op && at.kind !== T.newline && at.kind !== T.eof;
  const opens = at.kind === T.op && (at.value === '[' || at.value === '{');
  if ((isValue || opens) && before !== null) return 'a comma may be missing before it';
  return at.kind === T.op && CLOSERS.has(at.value) ? `'${at.value}' closes a '${CLOSERS.get(at.value)}'` : null;
}
