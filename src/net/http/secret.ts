/**
 * How a caller names a secret that the host keeps: `auth: 'NAME'` or `auth: {secret:, as:}`. Trusted side, pure. No message
 * repeats what was passed: it could be a value.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { Read } from '../options.ts';

/** Where the value goes in a request. */
export type SecretPlace =
  | { readonly kind: 'bearer' | 'basic' }
  | { readonly kind: 'header' | 'query'; readonly name: string };

export interface SecretReference {
  readonly secret: string;
  readonly place: SecretPlace;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** Headers that frame a message, belong to the connection, or are a jar's. */
const NOT_FOR_SECRETS =
  /^(?:host|content-length|transfer-encoding|connection|proxy-.*|upgrade|te|trailer|keep-alive|accept-encoding|cookie)$/i;

/** Whether a settled `auth` names a secret. */
export function isSecret<T extends object>(auth: T | SecretReference): auth is SecretReference {
  return 'secret' in auth;
}

/** The secret that a settled `auth` names; null if it names none. */
export function secretOf(auth: object | SecretReference | undefined): SecretReference | null {
  return auth !== undefined && isSecret(auth) ? auth : null;
}

/** For a call that names a secret where nobody keeps any. */
export function secretNeedsEgress(operation: string): ArgumentError {
  return new ArgumentError(`${operation}: auth names a secret, and there is no egress that keeps any`, {
    hint: 'credentials of your own are {basic: [user, password]} or {bearer: token}',
  });
}

export const SECRET_NAME = "a secret's name begins with a letter or _ and has letters, digits, _, . and -, at most 128";

export function isSecretName(raw: unknown): raw is string {
  return typeof raw === 'string' && NAME.test(raw);
}

/** Reads a reference; null for what is none, and may be credentials of the caller's own. */
export function readSecret(raw: unknown): Read<SecretReference> | null {
  if (typeof raw === 'string') {
    return isSecretName(raw) ? { value: { secret: raw, place: { kind: 'bearer' } } } : { refused: `: ${SECRET_NAME}` };
  }
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw) || !Object.hasOwn(raw, 'secret')) return null;
  if (Object.keys(raw).some((key) => key !== 'secret' && key !== 'as')) {
    return { refused: 'may have secret and as, and nothing else' };
  }
  const secret: unknown = Reflect.get(raw, 'secret');
  const place = readPlace(Reflect.get(raw, 'as'));
  if (!isSecretName(secret)) return { refused: `: ${SECRET_NAME}` };
  return place === null
    ? { refused: "must have 'bearer', 'basic', 'header:NAME' or 'query:NAME' as `as`" }
    : { value: { secret, place } };
}

function readPlace(raw: unknown): SecretPlace | null {
  if (raw === undefined || raw === null || raw === 'bearer') return { kind: 'bearer' };
  if (raw === 'basic') return { kind: 'basic' };
  const [, kind, name = ''] = typeof raw === 'string' ? (/^(header|query):(.*)$/.exec(raw) ?? []) : [];
  if (kind === 'query' && /^[^\s&=#]{1,128}$/.test(name)) return { kind, name };
  return kind === 'header' && TOKEN.test(name) && !NOT_FOR_SECRETS.test(name) ? { kind, name } : null;
}
