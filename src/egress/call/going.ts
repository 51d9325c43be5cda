/**
 * Where a request of a call goes, and what a secret is asked for with. Trusted side, pure.
 */
import { parseUrlTarget } from '../../net/address/target.ts';
import type { HopAsk } from '../../net/http/policy.ts';
import type { Entry } from '../policy/entry.ts';
import type { SecretUse } from '../secrets/secrets.ts';

/** The first request of a call. */
export function goingTo(url: URL, method: string): HopAsk {
  return { url, method, target: parseUrlTarget(url), from: null, carriesSecret: true };
}

/** `entry`: the one that lets the request pass, if one does. */
export function secretUse(app: string, { url, method, target }: HopAsk, entry: Entry | null): SecretUse {
  const { host, port } = target;
  return { app, host, port, method, url, letsHttp: entry?.httpsOnly === false };
}
