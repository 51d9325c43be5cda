/**
 * URLs of classes and libraries. Powerless side. There is one canonical form, `host/path`, without scheme; a role is
 * named by it, so nothing else may be spelt like one.
 */
import { fail } from './errors.ts';

const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?$/;
const SEGMENT = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;
const MAX_URL = 512;

/** Without the scheme, host in lower case. Checks nothing: for URLs of our own and for display. */
export function canonicalUrl(raw: string): string {
  const bare = raw.startsWith('https://') ? raw.slice(8) : raw;
  const slash = bare.indexOf('/');
  return slash < 0 ? bare : bare.slice(0, slash).toLowerCase() + bare.slice(slash);
}

/**
 * The canonical form of a class's or library's URL; raises for anything that is none.
 * SECURITY: segments can't begin with a dot, so no URL climbs out of a library folder (test/attacks/caspian-library-path).
 */
export function libraryUrl(raw: string): string {
  const url = canonicalUrl(raw);
  const [host = '', ...path] = url.split('/');
  if (url.length > MAX_URL || !HOST.test(host) || path.length === 0 || !path.every((part) => SEGMENT.test(part))) {
    throw fail.argument(`'${raw.slice(0, MAX_URL)}' is no URL of a class or library`, "written like 'host/path'");
  }
  return url;
}

/** True if `url` is `base` or lies below it. */
export function isBelow(url: string, base: string): boolean {
  return url === base || url.startsWith(`${base}/`);
}

export function isReserved(url: string): boolean {
  return isBelow(url, 'puck.uno');
}
