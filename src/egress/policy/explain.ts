/**
 * Which rule decides a request, and what holds for it, in words. Trusted side, pure: for `caspian-net explain`.
 */
import { type Host, parseHost } from '../../net/address/host.ts';
import { durationText } from '../../net/durations.ts';
import { portOf } from '../../net/http/trip.ts';
import { readUrl } from '../../net/http/url.ts';
import { REFUSALS } from './denial.ts';
import type { Policy } from './policy.ts';

export interface ExplainAsk {
  readonly app: string;
  readonly url: URL;
  readonly host: Host;
}

/** What a policy says of one URL for one app; nothing was sent. */
export interface Explanation {
  /** Whether it would go out: in the mode `report` also what no entry allows. */
  readonly allowed: boolean;
  /** In words. */
  readonly reason: string;
  /** The entry that decides, or the closest one; null if there is none. */
  readonly rule: string | null;
  /** What the mode is for this app. */
  readonly mode: string;
  /** What holds for the request if it goes: limit by name. */
  readonly bounds: Readonly<Record<string, string | number>>;
}

/** What is asked about. Raises ArgumentError for what is no http or https URL. */
export function readTarget(raw: string): Pick<ExplainAsk, 'url' | 'host'> {
  const url = readUrl(raw);
  return { url, host: parseHost(url.hostname) };
}

export function explain(policy: Policy, { app, url, host }: ExplainAsk): Explanation {
  const plain = url.protocol === 'http:' || url.protocol === 'ws:';
  const { refusal, reported, rule, entry } = policy.decide({ app, host, port: portOf(url), plain });
  const settings = policy.settings(app);
  const why = refusal ?? reported;
  const bounds: Record<string, string | number> = {
    app_rate: settings.app_rate.text,
    total_rate: policy.settings(null).total_rate.text,
    timeout: durationText(entry?.timeout ?? settings.timeout),
    max_response_body: entry?.maxResponse ?? settings.max_response_body,
    addresses: ['public ones', ...(entry?.allowed.rules ?? []).map(({ text }) => text)].join(', '),
  };
  if (entry?.rate != null) bounds['entry_rate'] = entry.rate.text;
  if (entry?.cacheTtl != null) bounds['cache_ttl'] = durationText(entry.cacheTtl);
  return {
    allowed: refusal === null,
    reason: reasonOf(why, { isReported: reported !== null, hasEntry: entry !== null, mode: settings.mode }),
    rule,
    mode: settings.mode,
    bounds,
  };
}

function reasonOf(
  why: keyof typeof REFUSALS | null,
  { isReported, hasEntry, mode }: { readonly isReported: boolean; readonly hasEntry: boolean; readonly mode: string },
): string {
  if (why !== null) return isReported ? `let through and reported: ${REFUSALS[why]}` : REFUSALS[why];
  return hasEntry ? 'an entry allows it' : `the mode ${mode} allows it`;
}
