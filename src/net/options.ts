/**
 * Tables of options: type, range, unit, default and doc of each stand in one row; the TypeScript type, the check and
 * the reference page follow from it. Trusted side, pure; what callers pass is raw until it has been read here.
 */
import { ArgumentError } from '../errors/classes.ts';

/** One option. `read` takes what the caller passed and returns the value, or the reason why it can't be used. */
export interface OptionRow<T, D = T> {
  /** In words, for the reference page: `seconds`, `text`, `list of text` … */
  readonly type: string;
  /** What is accepted, in words; empty where the type says it all. */
  readonly range: string;
  /** `s`, `bytes`, or empty. */
  readonly unit: string;
  readonly default: D;
  /** One line for the reference page. */
  readonly doc: string;
  readonly read: (raw: unknown) => Read<T>;
}

/** What a row makes of a raw value. */
export type Read<T> = { readonly value: T } | { readonly refused: string };

export type OptionTable = Readonly<Record<string, OptionRow<unknown, unknown>>>;

type ValueOf<R> = R extends OptionRow<infer T, infer _D> ? T : never;
type DefaultOf<R> = R extends OptionRow<infer _T, infer D> ? D : never;

/** What a caller may pass: every key optional. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> | undefined };

/** What came in, checked: only the keys that were given. */
export type GivenOptions<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> };

/** Every key, checked, with defaults filled in. */
export type SettledOptions<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> | DefaultOf<T[K]> };

/** The most seconds a timer of the system can hold. */
const MAX_SECONDS = 2_147_483;

function row<T, D>(type: string, range: string, unit: string, about: Stated<D>, read: (raw: unknown) => Read<T>) {
  return Object.freeze({ type, range, unit, default: about.default, doc: about.doc, read }) satisfies OptionRow<T, D>;
}

interface Stated<D> {
  readonly default: D;
  readonly doc: string;
}

/** Seconds, fractions allowed; null is no limit. */
export function seconds<D extends number | null | undefined>(about: Stated<D>): OptionRow<number | null, D> {
  return row('seconds or null', 'more than 0; null is no limit', 's', about, (raw) => {
    if (raw === null) return { value: null };
    if (typeof raw !== 'number' || !(raw > 0) || raw > MAX_SECONDS) {
      return { refused: `must be more than 0 and at most ${MAX_SECONDS} seconds, or null for no limit` };
    }
    return { value: raw };
  });
}

/** An integer between two bounds, both included. */
export function integer<D extends number | null | undefined>(
  about: Stated<D> & { readonly min: number; readonly max: number; readonly unit?: string },
): OptionRow<number, D> {
  const range = `${about.min} to ${about.max}`;
  return row('integer', range, about.unit ?? '', about, (raw) =>
    typeof raw === 'number' && Number.isInteger(raw) && raw >= about.min && raw <= about.max
      ? { value: raw }
      : { refused: `must be an integer from ${range}` },
  );
}

/** True or false; nothing else is taken for one of them. */
export function flag<D extends boolean | null | undefined>(about: Stated<D>): OptionRow<boolean, D> {
  return row('boolean', '', '', about, (raw) =>
    typeof raw === 'boolean' ? { value: raw } : { refused: 'must be true or false' },
  );
}

/** A text without control characters (PEM keeps its line breaks: see `pem`). */
export function text<D extends string | null | undefined>(about: Stated<D>): OptionRow<string, D> {
  return row('text', 'not empty, no control characters', '', about, (raw) => {
    if (typeof raw !== 'string' || raw === '') return { refused: 'must be a text that is not empty' };
    return /[\u0000-\u001f\u007f]/.test(raw) ? { refused: 'has a control character' } : { value: raw };
  });
}

/** One of a few words. */
export function oneOf<const W extends string, D extends W | null | undefined>(
  words: readonly W[],
  about: Stated<D>,
): OptionRow<W, D> {
  const range = words.join(', ');
  return row('word', range, '', about, (raw) => {
    const found = words.find((word) => word === raw);
    return found === undefined ? { refused: `must be one of: ${range}` } : { value: found };
  });
}

/** A list of texts. The list is copied, so that a later change by the caller has no effect. */
export function textList<D extends readonly string[] | null | undefined>(
  about: Stated<D>,
): OptionRow<readonly string[], D> {
  return row('list of text', '', '', about, (raw) => {
    if (!Array.isArray(raw)) return { refused: 'must be a list of texts' };
    const list: unknown[] = Array.from(raw);
    return list.every((item) => typeof item === 'string')
      ? { value: Object.freeze(list) }
      : { refused: 'must be a list of texts' };
  });
}

/** Characters. Four times what all authorities of the world take; reading them holds the kernel up. */
export const MAX_PEM = 1_048_576;

/** PEM text. What is in it is checked where it is used; a refusal never repeats it. */
export function pem<D extends string | null | undefined>(about: Stated<D>): OptionRow<string, D> {
  return row('PEM text', '', '', about, (raw) => {
    if (typeof raw !== 'string' || !raw.includes('-----BEGIN ')) return { refused: 'must be PEM text' };
    return raw.length > MAX_PEM ? { refused: `must have at most ${MAX_PEM} characters` } : { value: raw };
  });
}

/** A signal that ends the operation. */
export function signal(): OptionRow<AbortSignal, undefined> {
  const about = { default: undefined, doc: 'Ends the operation with its reason.' };
  return row('AbortSignal', '', '', about, (raw) =>
    raw instanceof AbortSignal ? { value: raw } : { refused: 'must be an AbortSignal' },
  );
}

/** An option of any other kind, with its own check. */
export function custom<T, D>(
  about: Stated<D> & {
    readonly type: string;
    readonly range?: string;
    readonly unit?: string;
    readonly read: (raw: unknown) => Read<T>;
  },
): OptionRow<T, D> {
  return row(about.type, about.range ?? '', about.unit ?? '', about, about.read);
}

/**
 * Checks what a caller passed against a table and returns the keys that were given. Each key is read once, so a getter
 * can't answer twice. A key whose value is undefined counts as not given. Raises ArgumentError; the caller's object is
 * never changed. `what` names the call, for the message: `tcp`, `recv_line`.
 */
export function checkOptions<T extends OptionTable>(table: T, raw: unknown, what: string): GivenOptions<T> {
  if (raw === undefined || raw === null) return {};
  if (typeof raw !== 'object' || Array.isArray(raw)) throw new ArgumentError(`${what}: the options must be an object`);
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(raw)) {
    const found = Object.hasOwn(table, key) ? table[key] : undefined;
    if (found === undefined) throw unknownOption(Object.keys(table), key, what);
    const value: unknown = Reflect.get(raw, key);
    if (value === undefined) continue;
    const read = found.read(value);
    if ('refused' in read) throw new ArgumentError(`${what}: ${key} ${read.refused}`);
    given[key] = read.value;
  }
  // The loop above has put in nothing but what each row's `read` returned for its own key.
  return given as GivenOptions<T>;
}

/** As `checkOptions`, with the defaults of the table filled in. */
export function settleOptions<T extends OptionTable>(table: T, raw: unknown, what: string): SettledOptions<T> {
  const defaults = defaultsOf(table);
  if (raw === undefined || raw === null) return defaults;
  return Object.freeze({ ...defaults, ...checkOptions(table, raw, what) } as SettledOptions<T>);
}

/** The defaults of each table, made once: most calls pass no options, and many are made. */
const defaultsByTable = new WeakMap<OptionTable, unknown>();

function defaultsOf<T extends OptionTable>(table: T): SettledOptions<T> {
  const kept = defaultsByTable.get(table);
  if (kept !== undefined) return kept as SettledOptions<T>;
  const made = Object.fromEntries(Object.entries(table).map(([key, { default: fallback }]) => [key, fallback]));
  defaultsByTable.set(table, Object.freeze(made));
  return made as SettledOptions<T>;
}

function unknownOption(known: readonly string[], key: string, what: string): ArgumentError {
  const shown = JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  const near = nearestName(key, known);
  return new ArgumentError(`${what}: there is no option ${shown}`, {
    hint: near === null ? `the options are: ${known.join(', ')}` : `did you mean ${near}?`,
  });
}

/** The known name that is most like `name`, or null if none is like it. Case and underscores don't count. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const plain = (value: string) => value.toLowerCase().replaceAll(/[_-]/g, '');
  const wanted = plain(name.slice(0, 64));
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance <= Math.max(1, Math.floor(candidate.length / 3)) && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** How many letters must be put in, taken out or replaced to make one text of the other. */
function editDistance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[right.length] ?? 0;
}
