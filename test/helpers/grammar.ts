/**
 * The grammar of spec/grammar.md as data, and programs made from it: the same seed gives the same program. What its
 * conditions say is kept where a choice can keep it; a test that wants readable programs throws away the few others.
 */
import { KEYWORDS } from '../../src/caspian/lexer/token.ts';
import { blocksOf, readPage } from './spec-page.ts';

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'set'; readonly chars: readonly string[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'glue'; readonly space: boolean }
  | { readonly kind: 'row'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly of: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most: number };

export type Grammar = ReadonlyMap<string, Part>;

/** Turns of a `*` or `+` at most. */
const MOST = 3;
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|\[([^\]]+|[^\]]*\[)\]|([A-Za-z-]+)|([()|?*+~^]))/y;

/** The rules of the page. */
export function readGrammar(): Grammar {
  const grammar = new Map<string, Part>();
  const text = blocksOf(readPage('grammar.md'))
    .filter(({ language }) => language === 'ebnf')
    .map((block) => block.text)
    .join('');
  for (const rule of text.split(/\n(?=[A-Za-z-]+ +::=)/)) {
    const [, name = '', right = ''] = /^\s*([A-Za-z-]+) +::=([\s\S]*)$/.exec(rule) ?? [];
    if (grammar.has(name)) throw new Error(`the grammar defines ${name} twice`);
    grammar.set(name, new RuleReader(right.trim()).read());
  }
  return grammar;
}

class RuleReader {
  readonly #tokens: RegExpExecArray[] = [];
  #at = 0;

  constructor(text: string) {
    for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(text);
      if (token === null) throw new Error(`the grammar can not be read at: ${text.slice(at, at + 30)}`);
      this.#tokens.push(token);
    }
  }

  read(): Part {
    const part = this.#choice();
    if (this.#at < this.#tokens.length) throw new Error('a bracket too many in the grammar');
    return part;
  }

  #sign(): string | undefined {
    return this.#tokens[this.#at]?.[4];
  }

  #choice(): Part {
    const of = [this.#row()];
    while (this.#sign() === '|') {
      this.#at++;
      of.push(this.#row());
    }
    return of.length === 1 ? (of[0] as Part) : { kind: 'choice', of };
  }

  #row(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#tokens.length && this.#sign() !== '|' && this.#sign() !== ')') {
      let part = this.#one();
      for (let sign = this.#sign(); sign !== undefined && '?*+'.includes(sign); sign = this.#sign()) {
        this.#at++;
        part = { kind: 'repeat', part, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : MOST };
      }
      parts.push(part);
    }
    return { kind: 'row', parts };
  }

  #one(): Part {
    const [, text, set, name, sign] = this.#tokens[this.#at++] ?? [];
    if (text !== undefined) return { kind: 'text', text: text.replaceAll('\\n', '\n').replaceAll(/\\(["\\])/g, '$1') };
    if (set !== undefined) return { kind: 'set', chars: charactersOf(set) };
    if (name !== undefined) return { kind: 'rule', name };
    if (sign === '~' || sign === '^') return { kind: 'glue', space: sign === '^' };
    const inside = this.#choice();
    this.#at++;
    return inside;
  }
}

function charactersOf(set: string): string[] {
  const chars: string[] = [];
  for (let at = 0; at < set.length; at++) {
    if (set[at + 1] !== '-' || at + 2 >= set.length) {
      chars.push(set.charAt(at));
      continue;
    }
    for (let code = set.charCodeAt(at); code <= set.charCodeAt(at + 2); code++) chars.push(String.fromCharCode(code));
    at += 2;
  }
  return chars;
}

/** The rules that a part names. */
export function rulesIn(part: Part): string[] {
  switch (part.kind) {
    case 'rule':
      return [part.name];
    case 'row':
      return part.parts.flatMap(rulesIn);
    case 'choice':
      return part.of.flatMap(rulesIn);
    case 'repeat':
      return rulesIn(part.part);
    default:
      return [];
  }
}

/** Makes texts of a rule. */
export class Generator {
  readonly #grammar: Grammar;
  readonly #cost = new Map<Part, number>();
  readonly #next: () => number;
  #budget = 0;
  #text = '';
  #glued = true;

  /** `next` gives numbers from 0 up to 1, 1 excluded. */
  constructor(grammar: Grammar, next: () => number) {
    this.#grammar = grammar;
    this.#next = next;
    // The fewest rules that lie inside each other, rounds enough for the deepest.
    for (let round = 0; round < 30; round++) for (const part of grammar.values()) this.#measure(part);
  }

  /** A text of a rule with about `budget` rules in it. */
  make(rule: string, budget: number): string {
    this.#budget = budget;
    this.#text = '';
    this.#glued = true;
    this.#emit({ kind: 'rule', name: rule }, false);
    return this.#text;
  }

  #measure(part: Part): number {
    const cost = this.#measured(part);
    this.#cost.set(part, cost);
    return cost;
  }

  #measured(part: Part): number {
    switch (part.kind) {
      case 'rule':
        return 1 + (this.#cost.get(this.#grammar.get(part.name) as Part) ?? 1000);
      case 'row':
        return part.parts.reduce((cost, inner) => Math.max(cost, this.#measure(inner)), 0);
      case 'choice':
        return part.of.reduce((cost, inner) => Math.min(cost, this.#measure(inner)), 1000);
      case 'repeat':
        return Math.min(part.least * 1000, this.#measure(part.part));
      default:
        return 0;
    }
  }

  #pick<X>(from: readonly X[]): X {
    return from[Math.floor(this.#next() * from.length)] as X;
  }

  #emit(part: Part, inToken: boolean): void {
    switch (part.kind) {
      case 'text':
        this.#put(part.text, inToken);
        return;
      case 'set':
        this.#put(this.#pick(part.chars), inToken);
        return;
      case 'glue':
        this.#glued = !part.space;
        return;
      case 'rule':
        this.#rule(part.name, inToken);
        return;
      case 'row':
        for (const inner of part.parts) this.#emit(inner, inToken);
        return;
      case 'choice':
        this.#emit(this.#choose(part.of), inToken);
        return;
      case 'repeat': {
        const most = this.#budget > 0 ? part.most : part.least;
        const times = part.least + Math.floor(this.#next() * (most - part.least + 1));
        for (let turn = 0; turn < times; turn++) this.#emit(part.part, inToken);
      }
    }
  }

  #choose(of: readonly Part[]): Part {
    if (this.#budget > 0) return this.#pick(of);
    const least = of.reduce((cost, inner) => Math.min(cost, this.#cost.get(inner) ?? 0), 1000);
    return this.#pick(of.filter((inner) => (this.#cost.get(inner) ?? 0) <= least));
  }

  #rule(name: string, inToken: boolean): void {
    this.#budget--;
    const part = this.#grammar.get(name) as Part;
    const isToken = name === name.toUpperCase();
    if (!isToken || inToken) {
      this.#emit(part, inToken && isToken);
      return;
    }
    const start = this.#start();
    this.#emit(part, true);
    // A word that happens to be a keyword would be no name.
    if (name === 'WORD' && KEYWORDS.has(this.#text.slice(start))) this.#text += '_';
    this.#glued = this.#text.endsWith('\n');
  }

  /** Where the next token begins. */
  #start(): number {
    if (!this.#glued) this.#text += ' ';
    this.#glued = true;
    return this.#text.length;
  }

  #put(text: string, inToken: boolean): void {
    if (!inToken) this.#start();
    this.#text += text;
    this.#glued = inToken;
  }
}
