/**
 * Text from outside, made fit for one line of a message. Trusted side, pure; the text is hostile: it may move a
 * terminal's cursor or turn the reading direction round.
 */

/** Control, format (bidirectional marks among them), separators, surrogates, unassigned, and what is drawn as nothing. */
const UNSEEN = /[\\\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
const LONGEST = 300;

/** The text with every character that is not plainly visible written as `\u{…}`, cut after 300 characters. */
export function escapeText(raw: unknown): string {
  if (typeof raw !== 'string') return `a value of type ${raw === null ? 'null' : typeof raw}`;
  const cut = raw.length > LONGEST ? `${raw.slice(0, LONGEST)}…` : raw;
  return cut.replace(UNSEEN, escapeOne);
}

function escapeOne(character: string): string {
  if (character === ' ') return character;
  if (character === '\\') return '\\\\';
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
