/**
 * JSON.parse, with an error that says where. Crosses, pure; the text is hostile. The position comes from a second
 * look at the text, since V8's message does not always have one; it quotes nothing of the text.
 */
import { JsonError } from '../errors/classes.ts';

/** The value of a JSON text. Raises JsonError with the position, counted in characters from 1. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = findFault(text);
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - (before.lastIndexOf('\n') + 1) + 1;
    const what = at >= text.length ? 'it ends too early' : 'it can not be read';
    throw new JsonError(`the text is no JSON: ${what} at position ${at + 1} (line ${line}, column ${column})`, {
      cause,
    });
  }
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'after';

/**
 * The first character that does not fit RFC 8259; the length of the text if more of it was expected. Loops over
 * characters rather than patterns, whose matching needs a stack that a long text overflows.
 */
export function findFault(text: string): number {
  const closers: string[] = [];
  let expected: Expected = 'value';
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const next = text.charAt(at);
    let end = at + 1;
    switch (expected) {
      case ':':
        if (next !== ':') return at;
        expected = 'value';
        break;
      case 'after':
        if (next === closers.at(-1)) closers.pop();
        else if (next !== ',' || closers.length === 0) return at;
        else expected = closers.at(-1) === ']' ? 'value' : 'key';
        break;
      case 'key':
      case 'key or }':
        if (next === '}' && expected === 'key or }') {
          closers.pop();
          expected = 'after';
        } else {
          end = next === '"' ? endOfString(text, at) : -at - 1;
          expected = ':';
        }
        break;
      default:
        if (next === '[' || next === '{') {
          closers.push(next === '[' ? ']' : '}');
          expected = next === '[' ? 'value or ]' : 'key or }';
        } else {
          if (next === ']' && expected === 'value or ]') closers.pop();
          else end = next === '"' ? endOfString(text, at) : endOfScalar(text, at);
          expected = 'after';
        }
    }
    if (end < 0) return -end - 1;
    at = end;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  return at;
}

// Each of these gives where the thing ends, or, if it is none, -1 minus the position of the fault.

const SIMPLE_ESCAPES = '"\\/bfnrt';
const HEX = '0123456789abcdefABCDEF';

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const next = text.charAt(at);
    if (next === '"') return at + 1;
    if (next < ' ') return -at - 1;
    if (next !== '\\') continue;
    const escaped = text.charAt(++at);
    if (escaped === 'u') {
      for (let digit = 0; digit < 4; digit++) if (!isOneOf(HEX, text.charAt(++at))) return -at - 1;
    } else if (!isOneOf(SIMPLE_ESCAPES, escaped)) return -at - 1;
  }
  return -text.length - 1;
}

const DIGITS = '0123456789';

function endOfScalar(text: string, from: number): number {
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, from)) return from + word.length;
  let at = text.charAt(from) === '-' ? from + 1 : from;
  const whole = at;
  at = text.charAt(at) === '0' ? at + 1 : skipDigits(text, at);
  if (at === whole) return -at - 1;
  if (text.charAt(at) === '.') {
    const fraction = skipDigits(text, at + 1);
    if (fraction === at + 1) return -fraction - 1;
    at = fraction;
  }
  if (!isOneOf('eE', text.charAt(at))) return at;
  const exponent = isOneOf('+-', text.charAt(at + 1)) ? at + 2 : at + 1;
  const end = skipDigits(text, exponent);
  return end === exponent ? -end - 1 : end;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (isOneOf(DIGITS, text.charAt(at))) at++;
  return at;
}

/** The end of the text is none of any set. */
function isOneOf(set: string, character: string): boolean {
  return character !== '' && set.includes(character);
}
