/**
 * The `auth` option: a caller's own credentials, as the Authorization header that they become. Trusted side, pure.
 * No message of this file repeats what was passed.
 */
import type { Read } from '../options.ts';
import { type Header, header } from './headers.ts';
import { readSecret, type SecretReference } from './secret.ts';

export type AuthOption = { readonly basic: readonly [user: string, password: string] } | { readonly bearer: string };

const HINT = 'must be {basic: [user, password]} or {bearer: token}';
const CONTROL = /[\u0000-\u001f\u007f]/;
/** RFC 6750 section 2.1, and what is seen besides: anything visible. */
const TOKEN = /^[\x21-\x7e]+$/;

/** Reads the option; the value is a copy. */
export function readAuthOption(raw: unknown): Read<AuthOption | SecretReference> {
  const secret = readSecret(raw);
  if (secret !== null) return secret;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return { refused: HINT };
  const [only, ...others] = Object.entries(raw);
  if (only === undefined || others.length > 0) return { refused: HINT };
  const [kind, value] = only;
  if (kind === 'bearer') return readBearer(value);
  return kind === 'basic' ? readBasic(value) : { refused: HINT };
}

function readBearer(value: unknown): Read<AuthOption> {
  if (typeof value !== 'string') return { refused: HINT };
  return TOKEN.test(value) ? { value: { bearer: value } } : { refused: 'has a token that no header can carry' };
}

/** RFC 7617 section 2: no colon in the user, no control characters anywhere. */
function readBasic(value: unknown): Read<AuthOption> {
  if (!Array.isArray(value) || value.length !== 2) return { refused: HINT };
  const [user, password]: unknown[] = value;
  if (typeof user !== 'string' || typeof password !== 'string') return { refused: HINT };
  if (user.includes(':')) return { refused: 'has a user with a colon' };
  if (CONTROL.test(user) || CONTROL.test(password)) return { refused: 'has a control character' };
  return { value: { basic: [user, password] } };
}

/** The header that carries it; UTF-8 as RFC 7617 section 2.1 has it. */
export function authHeader(auth: AuthOption): Header {
  if ('bearer' in auth) return header('Authorization', `Bearer ${auth.bearer}`);
  return header('Authorization', `Basic ${Buffer.from(auth.basic.join(':'), 'utf8').toString('base64')}`);
}
