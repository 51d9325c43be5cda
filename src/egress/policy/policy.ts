/**
 * A policy as a whole, at one version: which entry speaks of a request, and what holds for an app. Trusted side, pure.
 */
import type { Host } from '../../net/address/host.ts';
import type { Rule } from '../../net/grants/rule.ts';
import { RuleTable } from '../../net/grants/table.ts';
import { DEFAULT_SETTINGS, SETTINGS, type SettingName, type Settings, withTexts } from '../settings.ts';
import type { Entry, EntryKind } from './entry.ts';
import type { PolicyVerdict, RefusalKind } from './verdict.ts';

/** The text of one setting; `app` null: for all. */
export interface SettingText {
  readonly app: string | null;
  readonly name: string;
  readonly text: string;
}

export interface PolicyQuestion {
  readonly app: string;
  readonly host: Host;
  readonly port: number;
  /** http or ws. */
  readonly plain: boolean;
}

/** Entries of one kind and one app. */
class Entries {
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

export class Policy {
  readonly entries: readonly Entry[];
  readonly #common: Settings;
  readonly #texts: readonly SettingText[];
  readonly #perApp = new Map<string, Settings>();
  readonly #lists = new Map<string, Entries>();

  constructor(entries: readonly Entry[], texts: readonly SettingText[]) {
    this.entries = entries;
    this.#texts = texts;
    this.#common = withTexts(DEFAULT_SETTINGS, this.#textsOf(null));
  }

  /** What holds for an app; without one, what holds for all. */
  settings(app: string | null): Settings {
    if (app === null) return this.#common;
    let settings = this.#perApp.get(app);
    if (settings === undefined) {
      const texts = this.#textsOf(app);
      settings = texts.size === 0 ? this.#common : withTexts(this.#common, texts);
      this.#perApp.set(app, settings);
    }
    return settings;
  }

  /** The text of a setting as it holds for an app, or for all. */
  settingText(name: SettingName, app: string | null): string {
    const own = app === null ? undefined : this.#textsOf(app).get(name);
    return own ?? this.#textsOf(null).get(name) ?? SETTINGS[name].defaultText;
  }

  #textsOf(app: string | null): ReadonlyMap<string, string> {
    return new Map(this.#texts.filter((each) => each.app === app).map(({ name, text }) => [name, text]));
  }

  /** Deny beats allow; among entries of a kind an app's own come first, and then the most specific. */
  decide({ app, host, port, plain }: PolicyQuestion): PolicyVerdict {
    const { mode } = this.settings(app);
    const entry = this.#find('allow', app, (list) => list.find(host, port));
    if (host.kind !== 'name') return refuse('literal', null, null);
    const denied = mode === 'open' ? null : this.#find('deny', app, (list) => list.find(host, port));
    const refusal = denied === null ? this.#refusal(entry, { app, host, port, plain }) : 'denied';
    const rule = denied ?? entry ?? this.#find('allow', app, (list) => list.findHost(host));
    if (refusal === null) return { refusal, reported: null, entry, rule: ruleText(rule) };
    if (mode === 'report') return { refusal: null, reported: refusal, entry, rule: ruleText(rule) };
    return refuse(refusal, entry, rule);
  }

  #refusal(entry: Entry | null, { app, host, plain }: PolicyQuestion): RefusalKind | null {
    if (entry !== null) return plain && entry.httpsOnly ? 'http' : null;
    const { mode } = this.settings(app);
    if (mode === 'denylist' || mode === 'open') return plain ? 'http' : null;
    const closest = this.#find('allow', app, (list) => list.findHost(host));
    if (closest === null) return 'no_entry';
    return plain && closest.httpsOnly ? 'http' : 'port';
  }

  #find(kind: EntryKind, app: string, find: (list: Entries) => Entry | null): Entry | null {
    return find(this.#list(kind, app)) ?? find(this.#list(kind, null));
  }

  #list(kind: EntryKind, app: string | null): Entries {
    const key = app === null ? kind : `${kind}/${app}`;
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = new Entries(this.entries.filter((entry) => entry.kind === kind && entry.app === app));
      this.#lists.set(key, list);
    }
    return list;
  }
}

function refuse(refusal: RefusalKind, entry: Entry | null, rule: Entry | null): PolicyVerdict {
  return { refusal, reported: null, entry, rule: ruleText(rule) };
}

/** `allow api.example.com (app billing)` */
function ruleText(entry: Entry | null): string | null {
  if (entry === null) return null;
  return `${entry.kind} ${entry.text}${entry.app === null ? '' : ` (app ${entry.app})`}`;
}
