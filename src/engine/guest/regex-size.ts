/**
 * How large a pattern's machine can become, by looking at its text: counted repetitions are unfolded. Never too small,
 * so that what passes can be built. Runs before the pattern is read by anything else.
 */

const REPEAT = /\{(\d{1,9})(?:,(\d{0,9}))?\}/y;

/** An upper bound of the number of instructions; at least the number of characters. */
export function programSize(pattern: string): number {
  /** Size of what stands in each open group so far, and of the last piece of it. */
  const groups = [{ sum: 1, last: 0 }];
  for (let at = 0; at < pattern.length; ) {
    const top = groups.at(-1);
    if (top === undefined) return pattern.length;
    const char = pattern.charAt(at);
    if (char === '(') {
      groups.push({ sum: 2, last: 0 });
      at++;
    } else if (char === ')') {
      at++;
      if (groups.length > 1) groups.pop();
      const outer = groups.at(-1) ?? top;
      outer.last = top === outer ? 1 : top.sum;
      outer.sum += outer.last;
    } else if (char === '{' && isRepeat(pattern, at)) {
      const times = timesAt(pattern, at);
      top.sum += top.last * times;
      top.last *= times + 1;
      at = REPEAT.lastIndex;
    } else {
      const end = pieceEnd(pattern, at);
      top.last = Math.max(2, end - at);
      top.sum += top.last;
      at = end;
    }
  }
  // Groups that are never closed belong to no pattern that can be read.
  return groups.reduce((sum, group) => sum + group.sum, 0);
}

function isRepeat(pattern: string, at: number): boolean {
  REPEAT.lastIndex = at;
  return REPEAT.test(pattern);
}

/** How many copies of the piece before it a repetition stands for, beside the first. */
function timesAt(pattern: string, at: number): number {
  REPEAT.lastIndex = at;
  const [, least = '0', most = ''] = REPEAT.exec(pattern) ?? [];
  return Math.max(Number(least) + 1, Number(most));
}

/** Behind a character, an escape, quoted text or a class. */
function pieceEnd(pattern: string, at: number): number {
  const char = pattern.charAt(at);
  if (char === '\\') {
    if (pattern.charAt(at + 1) !== 'Q') return at + 2;
    const end = pattern.indexOf('\\E', at);
    return end < 0 ? pattern.length : end + 2;
  }
  if (char !== '[') return at + 1;
  let end = at + 1;
  if (pattern.charAt(end) === '^') end++;
  if (pattern.charAt(end) === ']') end++;
  while (end < pattern.length && pattern.charAt(end) !== ']') end += pattern.charAt(end) === '\\' ? 2 : 1;
  return end + 1;
}
