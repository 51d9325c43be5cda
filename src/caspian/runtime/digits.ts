/**
 * Numbers as text, faster than V8 makes them where they are small and whole: two entries of a table, joined. Powerless
 * side. The table is made when a script has shown that it writes many numbers.
 */
const PART = 10_000;
const LARGEST = PART * PART;
/** Numbers that are written before the table pays. */
const WORTH = 1000;

let left = WORTH;
const plain: string[] = [];
const padded: string[] = [];

function makeTable(): void {
  for (let number = 0; number < PART; number++) {
    const text = String(number);
    plain.push(text);
    padded.push(text.padStart(4, '0'));
  }
}

export function numberText(number: number): string {
  if ((number | 0) !== number || number < 0 || number >= LARGEST) return String(number);
  if (left > 0) {
    if (--left === 0) makeTable();
    return String(number);
  }
  if (number < PART) return plain[number] as string;
  const high = (number / PART) | 0;
  return (plain[high] as string) + (padded[number - high * PART] as string);
}
