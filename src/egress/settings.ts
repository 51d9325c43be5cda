/**
 * The settings of an egress, as one table: name, kind, default, whether an app may have its own, doc. The check, the
 * operator's command and the reference page are made from it. Trusted side, pure.
 */
import { ArgumentError } from '../errors/classes.ts';
import { escapeText } from '../net/address/escape.ts';
import { durationText, readDuration } from '../net/durations.ts';
import { type Rate, readRate } from '../net/grants/narrowing.ts';
import { nearestName, type Read } from '../net/options.ts';

/** `allowlist`: what an entry allows. `denylist`: all but what an entry denies. `open`: all. `report`: as allowlist, let through. */
export type Mode = 'allowlist' | 'denylist' | 'open' | 'report';

export const MODES: readonly Mode[] = Object.freeze(['allowlist', 'denylist', 'open', 'report'] as const);

interface Kind<T> {
  readonly range: string;
  readonly read: (raw: unknown) => Read<T>;
  readonly format: (value: T) => string;
}

const MIB = 1_048_576;
const NONE = 'none';

const duration: Kind<number> = { range: "a duration, such as '30s'", read: readDuration, format: durationText };
const rate: Kind<Rate> = { range: "a rate, such as '100/min'", read: readRate, format: ({ text }) => text };
const rateOrNone: Kind<Rate | null> = {
  range: "a rate, such as '100/min', or none",
  read: (raw) => (raw === null || raw === NONE ? { value: null } : readRate(raw)),
  format: (value) => value?.text ?? NONE,
};
const mode: Kind<Mode> = {
  range: MODES.join(', '),
  read: (raw) => {
    const found = MODES.find((word) => word === raw);
    return found === undefined ? { refused: `must be one of: ${MODES.join(', ')}` } : { value: found };
  },
  format: (value) => value,
};
const share: Kind<number> = {
  range: '0 to 1',
  read: (raw) => {
    const value = numberOf(raw);
    return value !== null && value >= 0 && value <= 1 ? { value } : { refused: 'must be a number from 0 to 1' };
  },
  format: String,
};

function count(min: number, max: number): Kind<number> {
  return {
    range: `${min} to ${max}`,
    read: (raw) => {
      const value = numberOf(raw);
      return value !== null && Number.isSafeInteger(value) && value >= min && value <= max
        ? { value }
        : { refused: `must be a whole number from ${min} to ${max}` };
    },
    format: String,
  };
}

function numberOf(raw: unknown): number | null {
  if (typeof raw === 'number') return raw;
  return typeof raw === 'string' && /^[0-9]+(?:\.[0-9]+)?$/.test(raw) ? Number(raw) : null;
}

interface Row<T> {
  readonly range: string;
  readonly read: (raw: unknown) => Read<T>;
  /** The canonical text of a value: what the state keeps. */
  readonly canonical: (raw: unknown) => Read<string>;
  readonly default: T;
  readonly defaultText: string;
  /** Whether an app may have a value of its own. */
  readonly perApp: boolean;
  readonly doc: string;
}

const bytes = count(0, 1_073_741_824);

function row<T>(kind: Kind<T>, fallback: T, scope: 'app' | 'all', doc: string): Row<T> {
  const { range, read, format } = kind;
  const canonical = (raw: unknown): Read<string> => {
    const found = read(raw);
    return 'value' in found ? { value: format(found.value) } : found;
  };
  return Object.freeze({
    range,
    read,
    canonical,
    default: fallback,
    defaultText: format(fallback),
    perApp: scope === 'app',
    doc,
  });
}

const PER_MINUTE = 60_000;

export const SETTINGS = Object.freeze({
  mode: row<Mode>(mode, 'allowlist', 'app', 'What decides where no entry speaks.'),
  app_rate: row<Rate>(rate, { count: 100, perMs: PER_MINUTE, text: '100/min' }, 'app', 'Requests of one app.'),
  total_rate: row<Rate>(rate, { count: 500, perMs: PER_MINUTE, text: '500/min' }, 'all', 'Requests of all apps.'),
  host_rate: row<Rate | null>(rateOrNone, null, 'all', 'Requests to one host, of all apps.'),
  app_concurrency: row(count(1, 100_000), 10, 'app', 'Calls of one app at once.'),
  total_concurrency: row(count(1, 100_000), 100, 'all', 'Calls of all apps at once.'),
  queue_length: row(
    count(0, 100_000),
    100,
    'all',
    'Calls that wait for a free slot or for the rate, in one process; shared fairly among apps.',
  ),
  queue_wait: row(duration, 1_000, 'all', 'How long a call waits for either.'),
  max_request_body: row(bytes, 10 * MIB, 'app', 'Bytes of a request body.'),
  max_response_body: row(bytes, 5 * MIB, 'app', 'Bytes of a response body, decoded.'),
  max_headers: row(count(1_024, 65_536), 65_536, 'app', 'Bytes of the headers of a request or a response.'),
  connect_timeout: row(duration, 5_000, 'app', 'Resolving, connecting and TLS.'),
  headers_timeout: row(duration, 10_000, 'app', "Waiting for a response's headers."),
  timeout: row(duration, 30_000, 'app', 'The whole call, where the caller does not say.'),
  max_timeout: row(duration, 60_000, 'app', 'The most that a caller may ask for.'),
  max_redirects: row(count(0, 20), 5, 'app', 'Redirects that are followed.'),
  retries: row(count(0, 10), 3, 'app', 'The most tries after the first that a caller may ask for.'),
  calls_per_run: row(count(1, 1_000_000), 50, 'app', 'Calls of one run of a script.'),
  deadline_margin: row(duration, 20, 'app', "What is kept back of the host's deadline."),
  cache_size: row(bytes, 100 * MIB, 'all', 'Bytes of the cache; the least recently used go first.'),
  journal_sample: row(share, 1, 'app', 'The share of calls without an error that the journal keeps.'),
  journal_retention: row(duration, 7 * 86_400_000, 'all', 'How long the journal is kept.'),
});

export type SettingName = keyof typeof SETTINGS;
type ValueOf<R> = R extends Row<infer T> ? T : never;
export type Settings = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

export const SETTING_NAMES: readonly SettingName[] = Object.freeze(Object.keys(SETTINGS).filter(isSettingName));

export const DEFAULT_SETTINGS: Settings = Object.freeze(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, SETTINGS[name].default])) as unknown as Settings,
);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** The name of a setting. Raises ArgumentError for one that there is not, and for an app's own where no app has one. */
export function checkSettingName(name: string, app: string | null): SettingName {
  if (!isSettingName(name)) {
    const near = nearestName(name, SETTING_NAMES);
    const hint = near === null ? `the settings are ${SETTING_NAMES.join(', ')}` : `did you mean ${near}?`;
    throw new ArgumentError(`there is no setting "${escapeText(name)}"`, { hint });
  }
  if (app !== null && !SETTINGS[name].perApp) {
    throw new ArgumentError(`${name} holds for all apps together; no app has its own`);
  }
  return name;
}

/** The canonical text of a new value. Raises ArgumentError as `checkSettingName` does, and for a bad value. */
export function checkSetting(raw: string, value: unknown, app: string | null): { name: SettingName; text: string } {
  const name = checkSettingName(raw, app);
  const read = SETTINGS[name].canonical(value);
  if ('refused' in read) {
    const shown = typeof value === 'number' ? String(value) : `"${escapeText(value)}"`;
    throw new ArgumentError(`${name} ${read.refused}, not ${shown}`);
  }
  return { name, text: read.value };
}

/** Settings with these texts laid over them; a text that can't be read (of a later version) counts as not there. */
export function withTexts(base: Settings, texts: ReadonlyMap<string, string>): Settings {
  const settled: Record<string, unknown> = { ...base };
  for (const [name, text] of texts) {
    if (!isSettingName(name)) continue;
    const read: Read<unknown> = SETTINGS[name].read(text);
    if ('value' in read) settled[name] = read.value;
  }
  return Object.freeze(settled) as unknown as Settings;
}
