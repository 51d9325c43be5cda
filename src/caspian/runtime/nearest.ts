/** The names that someone may have meant. Powerless side; bounded, since both sides are the script's. */

/** Longer names are typed by nobody. */
const MAX_NAME = 40;
const MAX_CANDIDATES = 2000;
/** Suggestions in one message. */
const MAX_SHOWN = 3;

/** Up to three of the candidates that a name may be a slip of, the nearest first. */
export function nearest(name: string, candidates: Iterable<string>): string[] {
  if (name.length > MAX_NAME) return [];
  const most = name.length < 5 ? 1 : name.length < 9 ? 2 : 3;
  const plain = name.toLowerCase().replace(/[?!_]/g, '');
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  let seen = 0;
  for (const candidate of candidates) {
    if (++seen > MAX_CANDIDATES) break;
    if (candidate === name || candidate.length > MAX_NAME || !/^[\p{L}_]/u.test(candidate)) continue;
    const distance = candidate.toLowerCase().replace(/[?!_]/g, '') === plain ? 0 : steps(name, candidate, most);
    if (distance <= most && distance < candidate.length) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const best = found[0]?.distance ?? 0;
  return found
    .filter(({ distance }) => distance === best)
    .slice(0, MAX_SHOWN)
    .map(({ candidate }) => candidate);
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; above `most` any larger number. */
function steps(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min((last[column - 1] ?? 0) + same, (last[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      line.push(cost);
    }
    before = last;
    last = line;
  }
  return last[b.length] ?? most + 1;
}

/** `did you mean 'a', 'b' or 'c'?`, or null without any. `mark` stands before each. */
export function didYouMean(names: readonly string[], mark = ''): string | null {
  const shown = names.map((name) => `'${mark}${name}'`);
  const [last] = shown.slice(-1);
  if (last === undefined) return null;
  const all = shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
  return `did you mean ${all}?`;
}
