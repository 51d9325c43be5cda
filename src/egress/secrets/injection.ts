/**
 * How a secret's value goes into a request, and how it is taken out of what comes back. Trusted side, pure.
 */
import type { HopExtras } from '../../net/http/policy.ts';
import type { SecretPlace } from '../../net/http/secret.ts';
import type { RawHeaders } from '../../net/http/undici.ts';

/** What to send for this value. */
export function inject(value: string, place: SecretPlace): HopExtras {
  switch (place.kind) {
    case 'bearer':
      return { headers: ['authorization', `Bearer ${value}`], query: null };
    case 'basic':
      return { headers: ['authorization', `Basic ${base64(value)}`], query: null };
    case 'header':
      return { headers: [place.name, value], query: null };
    case 'query':
      return { headers: [], query: `${encodeURIComponent(place.name)}=${encodeURIComponent(value)}` };
  }
}

function base64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}

const MASK = '***';

/** The headers with every value that was sent masked, in each form in which a server could echo it. */
export function maskHeaders(headers: RawHeaders, values: readonly string[]): RawHeaders {
  const spellings = values.flatMap((value) => [value, encodeURIComponent(value), base64(value)]);
  const mask = (text: string): string => spellings.reduce((masked, each) => masked.replaceAll(each, MASK), text);
  const masked: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    masked[name] = typeof value === 'string' ? mask(value) : value.map(mask);
  }
  return masked;
}
