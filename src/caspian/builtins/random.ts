/** Random numbers out of the host's random bytes, each value as likely as the others. Powerless side. */
import type { RuntimeHost } from '../host.ts';

/** All whole numbers up to here are numbers of the language. */
const RANGE = 2 ** 53;

/** From 0 up to 2^53, excluded: 53 of the bits of seven bytes. */
function random(host: RuntimeHost): number {
  const bytes = host.randomBytes(7);
  let number = (bytes[0] ?? 0) % 32;
  for (let at = 1; at < bytes.length; at++) number = number * 256 + (bytes[at] ?? 0);
  return number;
}

/** From 0 up to 1, excluded. */
export function randomFloat(host: RuntimeHost): number {
  return random(host) / RANGE;
}

/** From 0 up to `limit`, excluded; `limit` is at most 2^53. */
export function randomBelow(host: RuntimeHost, limit: number): number {
  // What lies behind the last whole multiple would make small numbers likelier.
  const fair = RANGE - (RANGE % limit);
  for (;;) {
    const number = random(host);
    if (number < fair) return number % limit;
  }
}
