/**
 * Text from scripts, servers and libraries, made fit for a terminal: what the launcher says in its own name must not
 * move the cursor, hide a line or turn the reading direction round. Trusted side, pure.
 */

/** Control and format characters (bidirectional marks among them), separators of lines, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line: line breaks and tabs are escaped too. */
export function escapeLine(text: string): string {
  return text.replace(UNSEEN, escapeOne);
}

/** Lines as they are; within them nothing but what is plainly visible, and tabs. */
export function escapeLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : escapeOne(character)));
}

/** JSON with every such character as JSON's own escape. */
export function escapeJson(text: string): string {
  return text.replace(UNSEEN, (character) => (character === '\n' ? character : units(character)));
}

function units(character: string): string {
  let escaped = '';
  for (let at = 0; at < character.length; at++) {
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

function escapeOne(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
