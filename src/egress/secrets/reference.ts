/**
 * How a caller names a secret, and how its value goes into a request. Trusted side, pure; what a script passed is raw.
 */
import { ArgumentError } from '../../errors/classes.ts';

export type SecretPlace =
  | { readonly kind: 'bearer' | 'basic' }
  | { readonly kind: 'header' | 'query'; readonly name: string };

export interface SecretReference {
  readonly name: string;
  readonly place: SecretPlace;
}

/** What goes along with one request. */
export interface Injection {
  /** Flat: name, value. */
  readonly headers: readonly string[];
  /** `name=value`, encoded; null for none. */
  readonly query: string | null;
}

export const NOTHING_INJECTED: Injection = Object.freeze({ headers: Object.freeze([]), query: null });

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** Headers that frame a message, belong to the connection, or are somebody else's to set. */
const NOT_FOR_SECRETS =
  /^(?:host|content-length|transfer-encoding|connection|proxy-.*|upgrade|te|trailer|keep-alive|accept-encoding|cookie)$/i;

/** A secret's name. Raises ArgumentError. */
export function checkSecretName(raw: unknown): string {
  if (typeof raw === 'string' && NAME.test(raw)) return raw;
  throw new ArgumentError("a secret's name begins with a letter or _ and has letters, digits, _, . and -, at most 128");
}

/** `'NAME'`, or `{secret, as}`. Raises ArgumentError; the message never repeats what was passed, which could be a value. */
export function readReference(raw: unknown): SecretReference {
  if (typeof raw === 'string') return { name: checkSecretName(raw), place: { kind: 'bearer' } };
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw new ArgumentError("auth must be the name of a secret, or {secret: 'NAME', as: 'bearer'}");
  }
  const unknown = Object.keys(raw).some((key) => key !== 'secret' && key !== 'as');
  if (unknown) throw new ArgumentError('auth: the keys of a secret are secret and as');
  return { name: checkSecretName(Reflect.get(raw, 'secret')), place: readPlace(Reflect.get(raw, 'as')) };
}

function readPlace(raw: unknown): SecretPlace {
  if (raw === undefined || raw === null || raw === 'bearer') return { kind: 'bearer' };
  if (raw === 'basic') return { kind: 'basic' };
  const [, kind, name = ''] = typeof raw === 'string' ? (/^(header|query):(.*)$/.exec(raw) ?? []) : [];
  if (kind === 'query' && /^[^\s&=#]{1,128}$/.test(name)) return { kind, name };
  if (kind === 'header' && TOKEN.test(name) && !NOT_FOR_SECRETS.test(name)) return { kind, name };
  throw new ArgumentError("auth: as must be 'bearer', 'basic', 'header:NAME' or 'query:NAME'");
}

/** What to send for this value. */
export function inject(value: string, place: SecretPlace): Injection {
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

/** Every form in which a server could echo a value that was sent. */
export function spellings(value: string): readonly string[] {
  return [...new Set([value, base64(value), encodeURIComponent(value)])].filter((text) => text !== '');
}
