/**
 * Where a client's credentials may go. Trusted side, pure. SECURITY: a client is handed to code that its maker does not
 * trust, so what it carries goes to the origins that its maker named and to no other, whatever URL that code asks for
 * and wherever a redirect leads (test/attacks/http-client-credentials-elsewhere.test.ts).
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { readUrl } from './url.ts';

/** Reads `credentialsFor`: texts like `https://api.example.com`. Raises ArgumentError for what is no origin. */
export function readOrigins(list: readonly string[]): readonly string[] {
  return list.map((text) => {
    const url = readUrl(text);
    if (url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
    throw new ArgumentError(`credentialsFor: ${escapeText(text)} is more than an origin`, {
      hint: `write ${url.origin}`,
    });
  });
}

/** What a client knows about origins. */
export interface Belonging {
  readonly base: string | null;
  readonly credentialsFor: readonly string[];
}

/** True where the client's credentials may go. */
export function belongs(origin: string, { base, credentialsFor }: Belonging): boolean {
  return origin === base || credentialsFor.includes(origin);
}

/** Refuses credentials that would belong nowhere, or everywhere. */
export function checkBelonging(has: boolean, { base, credentialsFor }: Belonging): void {
  if (!has || base !== null || credentialsFor.length > 0) return;
  throw new ArgumentError('client: credentials are given, but nothing says where they may go', {
    hint: 'give baseUrl, or credentialsFor: [origins]; or give them with each request',
  });
}
