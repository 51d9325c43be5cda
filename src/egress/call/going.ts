/**
 * Where a request of a call goes, and what a secret is asked for with. Trusted side, pure.
 */
import { parseHost } from '../../net/address/host.ts';
import type { HopAsk } from '../../net/http/policy.ts';
import { portOf } from '../../net/http/trip.ts';
import type { Entry } from '../policy/entry.ts';
import type { SecretUse } from '../secrets/secrets.ts';

/** The first request of a call. */
export function goingTo(url: URL, method: string): HopAsk {
  const { hostname } = url;
  return {
    url,
    method,
    target: { host: parseHost(hostname), port: portOf(url), written: hostname },
    from: null,
    carriesSecret: true,
  };
}

/** `entry`: the one that lets the request pass, if one does. */
export function secretUse(app: string, { url, method, target }: HopAsk, entry: Entry | null): SecretUse {
  const { host, port } = target;
  return { app, host, port, method, url, letsHttp: entry?.httpsOnly === false };
}
