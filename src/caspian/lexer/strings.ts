/**
 * String literals and their escapes. Powerless side. A surrogate can't be written: text stays text that UTF-8 can carry.
 */
import { nameEnd, startsName } from './chars.ts';
import type { Lexer } from './lexer.ts';
import { type Interpolation, T, type TemplatePart, Token } from './token.ts';

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['0', '\0'],
  ['\\', '\\'],
]);
const HEX = /^[0-9a-fA-F]{2}$/;
const CODE_POINT = /\{([0-9a-fA-F]{1,6})\}/y;

/** `'…'`: the escapes of protocols, no interpolation; a backslash before anything else stays. */
export function readSingle(lexer: Lexer, start: number, spaced: boolean): void {
  const { source } = lexer;
  const line = lexer.line;
  let text = '';
  let from = start + 1;
  for (let at = from; ; ) {
    const code = source.charCodeAt(at);
    if (Number.isNaN(code)) unclosed(lexer, start);
    if (code === 10) countLine(lexer, at);
    if (code === 39) {
      text += source.slice(from, at);
      lexer.pos = at + 1;
      break;
    }
    if (code === 92) {
      text += source.slice(from, at);
      if (source.charCodeAt(at + 1) === 39) {
        text += "'";
        at += 2;
      } else {
        lexer.pos = at;
        text += readEscape(lexer) ?? '\\';
        at = lexer.pos;
      }
      from = at;
    } else {
      at++;
    }
  }
  if (lexer.line !== line) noteLong(lexer, line);
  lexer.add(new Token(T.string, text, start, line, spaced));
}

/** Of strings that begin in the line where the one before ended, a missing quote makes all: the first is remembered. */
function noteLong(lexer: Lexer, from: number): void {
  const last = lexer.longString;
  lexer.longString = { from: last?.to === from ? last.from : from, to: lexer.line };
}

/** A line's end inside a string. The text of a heredoc can't begin there. */
function countLine(lexer: Lexer, at: number): void {
  lexer.line++;
  if (lexer.heredocEnd >= 0) lexer.error('a string behind the marker of a heredoc must end in its line', at);
}

function unclosed(lexer: Lexer, start: number): never {
  const quote = lexer.source.charAt(start);
  const long = lexer.longString;
  lexer.error('this string is never closed', start, {
    found: 'the end of the file',
    expected: 'a closing quote',
    hint:
      long === null
        ? `it ends with the next ${quote}; one inside the string is written \\${quote}`
        : `the string that begins in line ${long.from} ends in line ${long.to}: is a quote missing there?`,
  });
}

/** The character behind a backslash at `pos`; moves past it. Null, and past the backslash alone, if it is no escape. */
function readEscape(lexer: Lexer): string | null {
  const { source, pos } = lexer;
  const char = source.charAt(pos + 1);
  const simple = SIMPLE.get(char);
  if (simple !== undefined) {
    lexer.pos += 2;
    return simple;
  }
  if (char === 'x') {
    const digits = source.slice(pos + 2, pos + 4);
    if (!HEX.test(digits))
      lexer.error('two hexadecimal digits must follow \\x', pos, { expected: 'two hexadecimal digits' });
    lexer.pos += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  if (char === 'u') {
    CODE_POINT.lastIndex = pos + 2;
    const digits = CODE_POINT.exec(source)?.[1];
    const point = Number.parseInt(digits ?? 'ffffff', 16);
    if (digits === undefined || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      lexer.error('\\u{…} must hold the number of a character', pos, { expected: 'such as \\u{e9}' });
    }
    lexer.pos = CODE_POINT.lastIndex;
    return String.fromCodePoint(point);
  }
  lexer.pos++;
  return null;
}

/** `"…"`: the same escapes, any other backslash is dropped; `#{…}` and `$name` are put in. */
export function readDouble(lexer: Lexer, start: number, spaced: boolean): void {
  const line = lexer.line;
  lexer.pos = start + 1;
  const parts = readTemplate(lexer, 34, start);
  lexer.pos++;
  if (lexer.line !== line) noteLong(lexer, line);
  lexer.add(templateToken(parts, { start, line, spaced }));
}

export function templateToken(
  parts: readonly TemplatePart[],
  place: { readonly start: number; readonly line: number; readonly spaced: boolean },
): Token {
  const { start, line, spaced } = place;
  const only = parts.length === 0 ? '' : parts[0];
  return parts.length < 2 && typeof only === 'string'
    ? new Token(T.string, only, start, line, spaced)
    : new Token(T.template, '', start, line, spaced, parts);
}

/** Reads up to the closing character, or to the end of the source if `closing` is -1. */
export function readTemplate(lexer: Lexer, closing: number, start: number): TemplatePart[] {
  const { source } = lexer;
  const parts: TemplatePart[] = [];
  let text = '';
  let from = lexer.pos;
  const takeText = (): void => {
    text += source.slice(from, lexer.pos);
  };
  const endText = (): void => {
    if (text !== '') parts.push(text);
    text = '';
  };
  for (;;) {
    const code = source.charCodeAt(lexer.pos);
    if (code === closing) break;
    if (Number.isNaN(code)) {
      if (closing < 0) break;
      unclosed(lexer, start);
    }
    if (code === 10) countLine(lexer, lexer.pos);
    if (code === 92) {
      takeText();
      text += readEscape(lexer) ?? unknownEscape(lexer);
      from = lexer.pos;
    } else if (code === 35 && source.charCodeAt(lexer.pos + 1) === 123) {
      takeText();
      endText();
      lexer.pos += 2;
      parts.push(lexer.readInterpolation());
      from = lexer.pos;
    } else if (code === 36 && startsName(source, lexer.pos + 1)) {
      takeText();
      endText();
      parts.push(readVariable(lexer));
      from = lexer.pos;
    } else {
      lexer.pos++;
    }
  }
  takeText();
  endText();
  return parts;
}

/** The character itself: `\#`, `\$`, `\"`; a backslash at a line's end joins the lines. */
function unknownEscape(lexer: Lexer): string {
  const char = String.fromCodePoint(lexer.source.codePointAt(lexer.pos) ?? 92);
  lexer.pos += char.length;
  if (char !== '\n') return char;
  lexer.line++;
  return '';
}

function readVariable(lexer: Lexer): Interpolation {
  const { source, firstLine, line } = lexer;
  const start = lexer.pos;
  const end = nameEnd(source, start + 1);
  lexer.pos = end;
  const name = new Token(T.variable, source.slice(start + 1, end), start, line, false);
  return { tokens: [name, new Token(T.eof, '', end, line, false)], source, firstLine };
}
