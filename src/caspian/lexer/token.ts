/**
 * Tokens. Powerless side. Keywords are names here: only the parser knows where `class` is a word and where a method.
 */

/** What a token is. Numbers, since the parser compares them all the time. */
export const T = {
  eof: 0,
  newline: 1,
  number: 2,
  /** A string without interpolation; also `:word`. */
  string: 3,
  /** A string with interpolation: `parts`. */
  template: 4,
  /** `$name` */
  variable: 5,
  /** `@name` */
  field: 6,
  /** `%name` */
  system: 7,
  /** `&name` */
  callName: 8,
  name: 9,
  /** `name:` */
  label: 10,
  /** Operators and brackets. */
  op: 11,
} as const;

export type TokenKind = (typeof T)[keyof typeof T];

/** A piece of a template: text, or an expression with the text that its tokens' offsets are in. */
export type TemplatePart = string | Interpolation;

export interface Interpolation {
  readonly tokens: readonly Token[];
  readonly source: string;
  readonly firstLine: number;
}

export class Token {
  readonly kind: TokenKind;
  /** The name without its sigil, the operator, or the string's content. */
  readonly value: string;
  /** Offset of the first character. */
  readonly start: number;
  readonly line: number;
  /** White space stands before it. */
  readonly spaced: boolean;
  /** A number's value, a template's pieces. */
  readonly content: number | readonly TemplatePart[];

  constructor(
    kind: TokenKind,
    value: string,
    start: number,
    line: number,
    spaced: boolean,
    content: number | readonly TemplatePart[] = 0,
  ) {
    this.kind = kind;
    this.value = value;
    this.start = start;
    this.line = line;
    this.spaced = spaced;
    this.content = content;
  }
}

/** Words that are no names where an expression or a statement begins. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'if',
  'elsif',
  'elseif',
  'else',
  'unless',
  'then',
  'while',
  'forever',
  'begin',
  'ensure',
  'do',
  'end',
  'function',
  'closure',
  'class',
  'method',
  'return',
  'break',
  'next',
  'raise',
  'catch',
  'true',
  'false',
  'null',
  'self',
  'super',
  'yield',
  'and',
  'or',
  'not',
]);

/** In words, for messages. */
export function describe(token: Token): string {
  switch (token.kind) {
    case T.eof:
      return 'the end of the file';
    case T.newline:
      return 'the end of the line';
    case T.number:
      return `the number ${token.value}`;
    case T.string:
    case T.template:
      return 'a string';
    case T.variable:
      return `'$${token.value}'`;
    case T.field:
      return `'@${token.value}'`;
    case T.system:
      return `'%${token.value}'`;
    case T.callName:
      return `'&${token.value}'`;
    case T.label:
      return `'${token.value}:'`;
    default:
      return `'${token.value}'`;
  }
}
