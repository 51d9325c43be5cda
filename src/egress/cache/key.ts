/**
 * Which stored response a request may be answered with. Trusted side, pure.
 */
import { createHash } from 'node:crypto';
import type { Header } from '../../net/http/headers.ts';

export interface KeyParts {
  /** Null: apps share it. */
  readonly app: string | null;
  /** What a caller says in headers that a shared page may depend on, whether its server says so or not; empty: nothing. */
  readonly accepts: string;
  readonly method: string;
  readonly url: URL;
  /** The caller's own, in place of the URL. */
  readonly cacheKey: string | null;
}

/** Whether a header says no more than what its sender would like to get. */
export function isAccept({ lower }: Header): boolean {
  return lower === 'accept' || lower.startsWith('accept-');
}

/** All of those, as a text of one line. */
export function acceptsOf(headers: readonly Header[]): string {
  const lines = headers.filter(isAccept).map(({ lower, values }) => JSON.stringify([lower, values]));
  return lines.length === 0 ? '' : ` ${lines.sort().join(' ')}`;
}

/** A header's value as it is sent; empty where it is not. */
export type Lookup = (name: string) => string;

export function lookupIn(headers: readonly Header[]): Lookup {
  const values = new Map(headers.map(({ lower, values: sent }) => [lower, (sent ?? []).join(', ')]));
  return (name) => values.get(name) ?? '';
}

/**
 * The key of a request, whatever its headers. The fragment is no part of it; a caller's key never meets a URL. What stands
 * before it is of a few characters, none of them a line's end; so no two requests have one key.
 */
export function primaryKey({ app, accepts, method, url, cacheKey }: KeyParts): string {
  const owner = app === null ? `all${accepts}` : `app ${app}`;
  const where = cacheKey === null ? `url\n${withoutFragment(url)}` : `key\n${url.origin}\n${cacheKey}`;
  return `${owner}\n${method}\n${where}`;
}

function withoutFragment({ href, hash }: URL): string {
  if (hash !== '') return href.slice(0, -hash.length);
  // A lone # is a fragment without text.
  return href.endsWith('#') ? href.slice(0, -1) : href;
}

/** The key of one variant: the values of the headers that the response depends on. */
export function variantKey(primary: string, vary: readonly string[], lookup: Lookup): string {
  if (vary.length === 0) return primary;
  return JSON.stringify([primary, ...[...vary].sort().flatMap((name) => [name, lookup(name)])]);
}

/** The key of requests that are the same in everything: those in flight at once are one. */
export function flightKey(primary: string, app: string, headers: readonly Header[]): string {
  const lines = headers.map(({ lower, values }) => [lower, ...(values ?? [])]);
  return JSON.stringify([primary, app, lines.sort()]);
}

/** What a key is called in a state: short, whatever a caller has put into it. */
export function storedKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
