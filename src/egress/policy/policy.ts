/**
 * A policy as a whole, at one version: which entry speaks of a request, and what holds for an app. Trusted side, pure.
 */
import { DEFAULT_SETTINGS, SETTINGS, type SettingName, type Settings, withTexts } from '../settings.ts';
import { AppPolicy, type AppQuestion, Entries } from './app-policy.ts';
import type { Entry, EntryKind } from './entry.ts';
import type { PolicyVerdict } from './verdict.ts';

/** The text of one setting; `app` null: for all. */
export interface SettingText {
  readonly app: string | null;
  readonly name: string;
  readonly text: string;
}

export interface PolicyQuestion extends AppQuestion {
  readonly app: string;
}

export class Policy {
  readonly entries: readonly Entry[];
  readonly #common: Settings;
  readonly #texts: readonly SettingText[];
  readonly #allow: Entries;
  readonly #deny: Entries;
  readonly #apps = new Map<string, AppPolicy>();

  constructor(entries: readonly Entry[], texts: readonly SettingText[]) {
    this.entries = entries;
    this.#texts = texts;
    this.#common = withTexts(DEFAULT_SETTINGS, this.#textsOf(null));
    this.#allow = this.#entriesOf('allow', null);
    this.#deny = this.#entriesOf('deny', null);
  }

  /** What holds for an app; without one, what holds for all. */
  settings(app: string | null): Settings {
    return app === null ? this.#common : this.of(app).settings;
  }

  /** The text of a setting as it holds for an app, or for all. */
  settingText(name: SettingName, app: string | null): string {
    const own = app === null ? undefined : this.#textsOf(app).get(name);
    return own ?? this.#textsOf(null).get(name) ?? SETTINGS[name].defaultText;
  }

  /** What has been set for an app itself, or for all: names and texts, without what holds by default. */
  ownTexts(app: string | null): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#textsOf(app));
  }

  #textsOf(app: string | null): ReadonlyMap<string, string> {
    return new Map(this.#texts.filter((each) => each.app === app).map(({ name, text }) => [name, text]));
  }

  decide(asked: PolicyQuestion): PolicyVerdict {
    return this.of(asked.app).decide(asked);
  }

  /** What it says to one app. */
  of(app: string): AppPolicy {
    let own = this.#apps.get(app);
    if (own === undefined) {
      own = new AppPolicy({
        app,
        settings: this.#ownSettings(app),
        common: this.#common,
        allow: [this.#entriesOf('allow', app), this.#allow],
        deny: [this.#entriesOf('deny', app), this.#deny],
      });
      this.#apps.set(app, own);
    }
    return own;
  }

  #ownSettings(app: string): Settings {
    const texts = this.#textsOf(app);
    return texts.size === 0 ? this.#common : withTexts(this.#common, texts);
  }

  #entriesOf(kind: EntryKind, app: string | null): Entries {
    return new Entries(this.entries.filter((entry) => entry.kind === kind && entry.app === app));
  }
}
