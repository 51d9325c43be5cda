/**
 * What a policy at one version says to one app. Trusted side, pure. Whatever it has said once of a host it says again
 * without looking: a policy never changes, another version of it is another object.
 */
import type { Host } from '../../net/address/host.ts';
import type { Rule } from '../../net/grants/rule.ts';
import { RuleTable } from '../../net/grants/table.ts';
import type { RateKey } from '../limits/rates.ts';
import type { Settings } from '../settings.ts';
import type { Entry } from './entry.ts';
import type { PolicyVerdict, RefusalKind } from './verdict.ts';

/** Where a request goes, as far as a policy asks. */
export interface AppQuestion {
  readonly host: Host;
  readonly port: number;
  /** http or ws. */
  readonly plain: boolean;
}

/** Entries of one kind, of one app or of all. */
export class Entries {
  readonly #table: RuleTable;
  readonly #owners = new Map<Rule, Entry>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) for (const rule of entry.rules) this.#owners.set(rule, entry);
    this.#table = RuleTable.of([...this.#owners.keys()]);
  }

  find(host: Host, port: number): Entry | null {
    return this.#owner(this.#table.find(host, port));
  }

  findHost(host: Host): Entry | null {
    return this.#owner(this.#table.findHost(host));
  }

  #owner(rule: Rule | null): Entry | null {
    return rule === null ? null : (this.#owners.get(rule) ?? null);
  }
}

/** An app's own entries of a kind and those for all: its own are asked first. */
export type EntryLists = readonly [own: Entries, common: Entries];

export interface AppPolicyParts {
  readonly app: string;
  /** What holds for the app, and for all. */
  readonly settings: Settings;
  readonly common: Settings;
  readonly allow: EntryLists;
  readonly deny: EntryLists;
}

interface Known {
  readonly port: number;
  readonly plain: boolean;
  readonly verdict: PolicyVerdict;
}

/** Hosts of which is remembered what was said; a script may ask for any number. */
const MOST_KNOWN = 1_000;
const NO_BUCKETS: readonly RateKey[] = Object.freeze([]);

export class AppPolicy {
  readonly settings: Settings;
  readonly #parts: AppPolicyParts;
  /** By the host's canonical text: the last verdict. */
  readonly #known = new Map<string, Known>();

  constructor(parts: AppPolicyParts) {
    this.settings = parts.settings;
    this.#parts = parts;
  }

  /** Deny beats allow; among entries of a kind an app's own come first, and then the most specific. */
  decide(asked: AppQuestion): PolicyVerdict {
    const { host, port, plain } = asked;
    const known = this.#known.get(host.text);
    if (known !== undefined && known.port === port && known.plain === plain) return known.verdict;
    const verdict = this.#judge(asked);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(host.text, { port, plain, verdict });
    return verdict;
  }

  /** The entry whose bounds hold for what goes there; null where none does. */
  entryFor(host: Host, port: number): Entry | null {
    return host.kind === 'name' ? find(this.#parts.allow, host, port) : null;
  }

  #judge(asked: AppQuestion): PolicyVerdict {
    const { allow, deny, settings } = this.#parts;
    const { host, port } = asked;
    if (host.kind !== 'name') return refuse('literal', null, null);
    const entry = this.entryFor(host, port);
    const denied = settings.mode === 'open' ? null : find(deny, host, port);
    const refusal = denied === null ? this.#refusal(entry, asked) : 'denied';
    const rule = denied ?? entry ?? findHost(allow, host);
    const isReported = refusal !== null && settings.mode === 'report';
    if (refusal !== null && !isReported) return refuse(refusal, entry, rule);
    return { refusal: null, reported: refusal, entry, rule: ruleText(rule), buckets: this.#buckets(host, entry) };
  }

  #refusal(entry: Entry | null, { host, plain }: AppQuestion): RefusalKind | null {
    if (entry !== null) return plain && entry.httpsOnly ? 'http' : null;
    const { allow, settings } = this.#parts;
    if (settings.mode === 'denylist' || settings.mode === 'open') return plain ? 'http' : null;
    const closest = findHost(allow, host);
    if (closest === null) return 'no_entry';
    return plain && closest.httpsOnly ? 'http' : 'port';
  }

  /** Every bucket that one request draws on. One whose rate is changed is another bucket. */
  #buckets({ text }: Host, entry: Entry | null): readonly RateKey[] {
    const { app, settings, common } = this.#parts;
    const { app_rate } = settings;
    const { total_rate, host_rate } = common;
    const buckets = [
      { key: `app:${app} ${app_rate.text}`, rate: app_rate, burst: null, rule: `app_rate ${app_rate.text}` },
      { key: `all ${total_rate.text}`, rate: total_rate, burst: null, rule: `total_rate ${total_rate.text}` },
    ];
    if (host_rate !== null) {
      const rule = `host_rate ${host_rate.text}`;
      buckets.push({ key: `host:${text} ${host_rate.text}`, rate: host_rate, burst: null, rule });
    }
    if (entry === null || entry.rate === null) return buckets;
    const { rate, burst } = entry;
    const key = `entry:${entry.app ?? ''}:${entry.text} ${rate.text}`;
    return [...buckets, { key, rate, burst, rule: `${entry.text} ${rate.text}` }];
  }
}

function find([own, common]: EntryLists, host: Host, port: number): Entry | null {
  return own.find(host, port) ?? common.find(host, port);
}

function findHost([own, common]: EntryLists, host: Host): Entry | null {
  return own.findHost(host) ?? common.findHost(host);
}

function refuse(refusal: RefusalKind, entry: Entry | null, rule: Entry | null): PolicyVerdict {
  return { refusal, reported: null, entry, rule: ruleText(rule), buckets: NO_BUCKETS };
}

/** `allow api.example.com (app billing)` */
function ruleText(entry: Entry | null): string | null {
  if (entry === null) return null;
  return `${entry.kind} ${entry.text}${entry.app === null ? '' : ` (app ${entry.app})`}`;
}
