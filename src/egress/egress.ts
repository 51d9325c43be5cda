/**
 * The egress: many callers, one guarded way out. Trusted side; the door of this folder for hosts. Everything that a call
 * needs is decided in the kernel, by a state that processes share.
 */
import { randomUUID } from 'node:crypto';
import { ArgumentError, RevokedError } from '../errors/classes.ts';
import { escapeText } from '../net/address/escape.ts';
import { systemClock } from '../net/clock.ts';
import { Grants } from '../net/grants/grants.ts';
import { type Net, type NetFamily, openFamily } from '../net/net.ts';
import type { OpenNetOptions } from '../net/net-options.ts';
import { settleOptions } from '../net/options.ts';
import { Turnstile } from '../net/turnstile.ts';
import { ResponseCache } from './cache/cache.ts';
import { OpenSockets } from './call/open-sockets.ts';
import { type EgressParts, Run } from './call/run.ts';
import { UnderWay } from './call/under-way.ts';
import { readDeadline } from './deadline.ts';
import { Journal } from './journal/journal.ts';
import { type JournalFilter, type NumberedRow, stateRow } from './journal/row.ts';
import { Gate, OF_APP, TOTAL } from './limits/gate.ts';
import { Outage } from './limits/outage.ts';
import { Rates } from './limits/rates.ts';
import { Slots } from './limits/slots.ts';
import type { LimitUse } from './limits/use.ts';
import { EGRESS_OPTIONS, type EgressOptions, type StatePlace } from './options.ts';
import { checkApp, type EntryKind, type EntryOptions, readEntry } from './policy/entry.ts';
import { type Explanation, explain, readTarget } from './policy/explain.ts';
import { LivePolicy } from './policy/live.ts';
import { type KeyPlace, keySource } from './secrets/key.ts';
import { Secrets } from './secrets/secrets.ts';
import { checkSetting, checkSettingName, SETTING_NAMES } from './settings.ts';
import { openRedis } from './state/redis/redis.ts';
import { openSqlite } from './state/sqlite/sqlite.ts';
import type { CacheStats, State, StoredEntry } from './state/state.ts';

/** For whom a net is, and until when. */
export interface EgressNetOptions {
  /** 1 to 128 letters, digits, `.`, `_` and `-`. */
  readonly app: string;
  /** When the run must be over: seconds from now, or a Date. Each call gets what is left. Default: none. */
  readonly deadline?: number | Date | null | undefined;
}

const AWAY = 'limits fall back to a local share: the state can not be reached';
const BACK = 'limits are shared again';

/** An entry as the operator gave it. */
export interface EntryInfo {
  readonly kind: EntryKind;
  /** Null: for all apps. */
  readonly app: string | null;
  /** A connect rule, such as `*.example.com:443`. */
  readonly rule: string;
  /** What was given beside the rule: see EntryOptions. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Opens an egress on a state: `sqlite:PATH`, `redis://HOST:PORT`, or `:memory:` for tests. Nothing is allowed until an entry allows it.
 * Raises ArgumentError, and SocketError if the state can't be opened.
 */
export async function openEgress(options: EgressOptions): Promise<Egress> {
  const settled = settleOptions(EGRESS_OPTIONS, options, 'openEgress');
  const place = settled.state;
  if (place === undefined) throw new ArgumentError("openEgress: state is needed, such as 'sqlite:egress.db'");
  const key: KeyPlace = settled.keyFile === null ? usualKey(place) : { file: settled.keyFile };
  const { resolve, dnsServers, ca, userAgent, clock, allowFsRead, allowFsWrite } = settled;
  const open: OpenNetOptions = {
    resolve,
    dnsServers: dnsServers ?? undefined,
    ca: ca ?? undefined,
    userAgent,
    clock,
    allowFsRead,
    allowFsWrite,
  };
  const family = () => openFamily(open);
  const state = place.kind === 'sqlite' ? openSqlite(place.path) : await openRedis(place.place);
  const egress = new Egress(state, { clock: clock ?? systemClock, key, family });
  try {
    // Read once before anybody asks.
    await egress.settings();
  } catch (error) {
    await egress.close();
    throw error;
  }
  return egress;
}

function usualKey(place: StatePlace): KeyPlace {
  if (place.kind === 'redis') return 'none';
  return place.path === ':memory:' ? 'made' : { file: `${place.path}.key` };
}

export type { EgressOptions };

/** The policy decides what may be reached; the grant says that it is HTTP. */
const HTTP_ALONE = Grants.parse({ allowNet: true, raw: false });

interface Surroundings {
  readonly clock: EgressParts['clock'];
  readonly key: KeyPlace;
  readonly family: () => NetFamily;
}

/**
 * The way out for the code of many apps: a policy with limits, secrets, a cache and a journal, kept in a state that
 * several processes may share. Made by `openEgress`. Methods raise ArgumentError for what they can't read, and
 * SocketError, retryable or not, where the state can't be reached.
 */
export class Egress implements AsyncDisposable {
  /** What is kept under a name and injected by reference; values go in and never come out. */
  readonly secrets: Secrets;
  readonly #state: State;
  readonly #parts: EgressParts;
  readonly #rates: Rates;
  readonly #slots: Slots;
  readonly #family: () => NetFamily;
  /** Connections are shared within an app, never between two. */
  readonly #families = new Map<string, NetFamily>();
  #closed = false;

  /** For `openEgress`. */
  constructor(state: State, { clock, key, family }: Surroundings) {
    const wall = (): number => state.now();
    const outage = new Outage((away) => this.#noteOutage(away));
    this.#state = state;
    this.#family = family;
    this.secrets = new Secrets(state.secrets, keySource(process.env, key), wall);
    this.#rates = new Rates(state, clock, outage);
    this.#slots = new Slots(state, randomUUID(), clock, outage);
    const live = new LivePolicy(state.policy, this.secrets);
    this.#parts = {
      live,
      clock,
      wall,
      turnstile: new Turnstile(clock),
      gate: new Gate(this.#rates, this.#slots, clock),
      cache: new ResponseCache(state.cache, clock, wall),
      sockets: new OpenSockets(live, clock),
      underWay: new UnderWay(clock),
      journal: new Journal({
        store: state.journal,
        clock,
        wall,
        retentionMs: () => live.last?.policy.settings(null).journal_retention ?? Number.POSITIVE_INFINITY,
        random: Math.random,
      }),
    };
  }

  #noteOutage(away: boolean): void {
    const { journal, wall } = this.#parts;
    journal.add(stateRow(wall(), away ? AWAY : BACK, away), 1);
  }

  /** A net for one run of an app's code: the HTTP half, under the policy. Sockets and look-ups raise HostNotAllowedError. */
  net({ app, deadline, ...more }: EgressNetOptions): Net {
    if (this.#closed) throw new RevokedError('the egress is closed');
    // A deadline that is misspelt would be none.
    const [unknown] = Object.keys(more);
    if (unknown !== undefined) throw new ArgumentError(`net: there is no option "${escapeText(unknown)}"`);
    const { clock, wall } = this.#parts;
    const name = checkApp(app);
    const run = new Run(this.#parts, name, readDeadline(deadline, clock.now(), wall()));
    return this.#familyOf(name).open(HTTP_ALONE, { door: run.door, calls: run });
  }

  #familyOf(app: string): NetFamily {
    let family = this.#families.get(app);
    if (family === undefined) {
      family = this.#family();
      this.#families.set(app, family);
    }
    return family;
  }

  /**
   * Allows hosts by a connect rule, for one app or for all; an entry with the same rule and app is replaced, and returned: null
   * if there was none.
   */
  async allow(rule: string, options: EntryOptions & { readonly app?: string | null } = {}): Promise<EntryInfo | null> {
    return this.#put('allow', rule, options);
  }

  /** Denies hosts: deny beats allow. Returns what it replaced, as `allow` does. */
  async deny(rule: string, options: { readonly app?: string | null } = {}): Promise<EntryInfo | null> {
    return this.#put('deny', rule, options);
  }

  async #put(
    kind: EntryKind,
    rule: string,
    { app = null, ...options }: EntryOptions & { readonly app?: string | null },
  ): Promise<EntryInfo | null> {
    const owner = app === null ? null : checkApp(app);
    const { text } = readEntry(kind, owner, rule, options);
    const entry = { kind, app: owner, rule, text, options: JSON.stringify(options) };
    const before = await this.#state.policy.putEntry(entry);
    await this.#parts.live.current();
    return before === null ? null : infoOf(before);
  }

  /** Takes an entry away; false if there was none. */
  async remove(kind: EntryKind, rule: string, { app = null }: { readonly app?: string | null } = {}): Promise<boolean> {
    const { text } = readEntry(kind, app, rule);
    const removed = await this.#state.policy.removeEntry({ kind, app, text });
    await this.#parts.live.current();
    return removed;
  }

  /** Every entry, as it was given. */
  async entries(): Promise<readonly EntryInfo[]> {
    return (await this.#state.policy.load()).entries.map(infoOf);
  }

  /** Sets a limit or another setting, for one app or for all: see spec/egress.md. Raises ArgumentError. */
  async set(name: string, value: unknown, { app = null }: { readonly app?: string | null } = {}): Promise<void> {
    const owner = app === null ? null : checkApp(app);
    await this.#state.policy.putSetting({ app: owner, ...checkSetting(name, value, owner) });
    await this.#parts.live.current();
  }

  /** Takes back what `set` has set for an app, or for all, so that what holds for all, or the default, counts again; false if nothing was set. */
  async reset(name: string, { app = null }: { readonly app?: string | null } = {}): Promise<boolean> {
    const owner = app === null ? null : checkApp(app);
    const removed = await this.#state.policy.removeSetting({ app: owner, name: checkSettingName(name, owner) });
    await this.#parts.live.current();
    return removed;
  }

  /** What has been set for an app itself, or for all: without what holds by default. */
  async ownSettings({ app = null }: { readonly app?: string | null } = {}): Promise<Readonly<Record<string, string>>> {
    const { policy } = await this.#parts.live.current();
    return policy.ownTexts(app);
  }

  /** Every setting as it holds for an app, or for all. */
  async settings({ app = null }: { readonly app?: string | null } = {}): Promise<Readonly<Record<string, string>>> {
    const { policy } = await this.#parts.live.current();
    return Object.fromEntries(SETTING_NAMES.map((name) => [name, policy.settingText(name, app)]));
  }

  /** What the policy says of a URL, and why. Nothing is looked up or connected to. */
  async explain(url: string, { app }: { readonly app: string }): Promise<Explanation> {
    const { policy } = await this.#parts.live.current();
    return explain(policy, { app: checkApp(app), ...readTarget(url) });
  }

  /** Slots and rates of all apps together, then of these apps and of all that hold slots. */
  async limits({ apps = [] }: { readonly apps?: readonly string[] } = {}): Promise<readonly LimitUse[]> {
    const { policy } = await this.#parts.live.current();
    const held = await this.#state.slots.held(this.#parts.wall());
    const { total_concurrency: limit, total_rate: rate } = policy.settings(null);
    const holders = [...held.keys()].filter((key) => key.startsWith(OF_APP)).map((key) => key.slice(OF_APP.length));
    const each = [...new Set([...apps, ...holders])].map((app) => {
      const settings = policy.settings(app);
      const own = held.get(`${OF_APP}${app}`) ?? 0;
      return { app, held: own, limit: settings.app_concurrency, rate: settings.app_rate.text };
    });
    return [{ app: null, held: held.get(TOTAL) ?? 0, limit, rate: rate.text }, ...each];
  }

  /** Entries and bytes of the cache. */
  async cacheStats(): Promise<CacheStats> {
    return this.#state.cache.stats();
  }

  /** Empties the cache, or the part of it that is of one host; returns how many entries went. */
  async clearCache({ host = null }: { readonly host?: string | null } = {}): Promise<number> {
    return this.#parts.cache.clear(host);
  }

  /** Rows of the journal, the newest last; the newest 100, if the filter does not say. What waits here is written first. */
  async journal({ limit = 100, ...filter }: Partial<JournalFilter> = {}): Promise<readonly NumberedRow[]> {
    await this.#parts.journal.flush();
    return this.#state.journal.query({ limit, ...filter });
  }

  /** Ends every net, gives back what is leased, writes what the journal still has. Closing again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const reason = new RevokedError('the egress is closed');
    const { live, gate, sockets, underWay, journal } = this.#parts;
    live.close(reason);
    for (const family of this.#families.values()) family.close(reason);
    this.#families.clear();
    gate.close(reason);
    await sockets.close(reason);
    await underWay.none();
    this.#rates.close();
    this.#slots.close();
    await journal.close();
    await this.#state.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function infoOf({ kind, app, rule, options }: StoredEntry): EntryInfo {
  const given: unknown = JSON.parse(options);
  return { kind, app, rule, options: typeof given === 'object' && given !== null ? { ...given } : {} };
}
