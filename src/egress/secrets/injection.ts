/**
 * How a secret's value goes into a request, and how it is taken out of what comes back. Trusted side, pure.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { HopExtras } from '../../net/http/policy.ts';
import type { SecretPlace } from '../../net/http/secret.ts';
import type { RawHeaders } from '../../net/http/undici.ts';

/** A value for the moment of a request, and whose it is. */
export interface OpenSecret {
  readonly name: string;
  readonly value: string;
}

/** What a header's value may hold, as characters of Latin-1 (RFC 9110, 5.5). */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What to send for this value. Raises ArgumentError, without the value, where it is none for that place. */
export function inject({ name, value }: OpenSecret, place: SecretPlace): HopExtras {
  switch (place.kind) {
    case 'bearer':
      checkHeader(name, value);
      return { headers: ['authorization', `Bearer ${value}`], query: null };
    case 'basic':
      if (!value.includes(':')) {
        throw new ArgumentError(`the secret "${name}" has no ':', and as 'basic' it must be user:password`);
      }
      return { headers: ['authorization', `Basic ${base64(value)}`], query: null };
    case 'header':
      checkHeader(name, value);
      return { headers: [place.name, value], query: null };
    case 'query':
      return { headers: [], query: `${encodeURIComponent(place.name)}=${encodeURIComponent(value)}` };
  }
}

function checkHeader(name: string, value: string): void {
  if (HEADER_TEXT.test(value)) return;
  throw new ArgumentError(`the secret "${name}" has characters that no header can carry`, {
    hint: "as 'query:NAME' or, if it is user:password, as 'basic' it can be sent",
  });
}

function base64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}

const MASK = '***';
/** What means something in a pattern. */
const SPECIAL = /[\\^$.|?*+()[\]{}]/g;
/** How often a text may be percent-encoded and still be looked through. */
const LAYERS = 3;
/** Half of a pair that is shorter is no secret, and would be found everywhere. */
const SHORTEST_PART = 4;

/**
 * Takes values that were sent out of what a server says, in each form in which it could echo them. SECURITY: names of
 * headers, the reason and trailers are the server's to choose as well (test/attacks/egress-secret-echo.test.ts).
 */
export class Mask {
  readonly #spellings = new Set<string>();
  #pattern: RegExp | null = null;

  add({ value }: OpenSecret, { kind }: SecretPlace): void {
    const before = this.#spellings.size;
    for (const part of kind === 'basic' ? [value, ...halves(value)] : [value]) {
      for (const spelling of spellingsOf(part)) this.#spellings.add(spelling);
    }
    if (this.#spellings.size > before) this.#pattern = null;
  }

  text(text: string): string {
    const masked = text.replace(this.#compiled(), MASK);
    let plain = masked;
    for (let layer = 0; layer < LAYERS && plain.includes('%'); layer++) {
      plain = decodePercent(plain);
      // What any mix of encoded characters hides goes as a whole.
      if (plain.search(this.#compiled()) >= 0) return MASK;
    }
    return masked;
  }

  headers(headers: RawHeaders): RawHeaders {
    const masked: Record<string, string | readonly string[]> = Object.create(null);
    for (const [name, value] of Object.entries(headers)) {
      masked[this.text(name)] = typeof value === 'string' ? this.text(value) : value.map((each) => this.text(each));
    }
    return masked;
  }

  #compiled(): RegExp {
    if (this.#pattern === null) {
      // The longest first: what contains another is masked whole.
      const longest = [...this.#spellings].sort((left, right) => right.length - left.length);
      this.#pattern = new RegExp(longest.map((each) => each.replace(SPECIAL, '\\$&')).join('|'), 'gi');
    }
    return this.#pattern;
  }
}

function decodePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** User and password, where each is long enough to be one. */
function halves(pair: string): readonly string[] {
  const colon = pair.indexOf(':');
  return [pair.slice(0, colon), pair.slice(colon + 1)].filter((half) => colon >= 0 && half.length >= SHORTEST_PART);
}

/** As it is, as UTF-8 read byte by byte, in a URL, a form, JSON, base64 of either alphabet, and hexadecimal. */
function spellingsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [
    value,
    bytes.toString('latin1'),
    encodeURIComponent(value),
    encodeURI(value),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}
