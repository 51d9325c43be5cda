/**
 * Which stored response a request may be answered with. Trusted side, pure.
 */
import { createHash } from 'node:crypto';
import type { Header } from '../../net/http/headers.ts';

export interface KeyParts {
  /** Null: apps share it. */
  readonly app: string | null;
  readonly method: string;
  readonly url: URL;
  /** The caller's own, in place of the URL. */
  readonly cacheKey: string | null;
}

/** A header's value as it is sent; empty where it is not. */
export type Lookup = (name: string) => string;

export function lookupIn(headers: readonly Header[]): Lookup {
  const values = new Map(headers.map(({ lower, values: sent }) => [lower, (sent ?? []).join(', ')]));
  return (name) => values.get(name) ?? '';
}

/** The key of a request, whatever its headers. The fragment is no part of it; a caller's key never meets a URL. */
export function primaryKey({ app, method, url, cacheKey }: KeyParts): string {
  const where = cacheKey === null ? ['url', url.origin, `${url.pathname}${url.search}`] : ['key', url.origin, cacheKey];
  return digest([app === null ? 'all' : 'app', app ?? '', method, ...where]);
}

/** The key of one variant: the values of the headers that the response depends on. */
export function variantKey(primary: string, vary: readonly string[], lookup: Lookup): string {
  return vary.length === 0 ? primary : digest([primary, ...[...vary].sort().flatMap((name) => [name, lookup(name)])]);
}

/** The key of requests that are the same in everything: those in flight at once are one. */
export function flightKey(primary: string, headers: readonly Header[]): string {
  const lines = headers.map(({ lower, values }) => [lower, ...(values ?? [])]);
  return digest([primary, JSON.stringify(lines.sort())]);
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
