/**
 * Policy and secrets in Redis: hashes, a version that each change raises, and a notice of it to every process. Trusted side.
 */
import type { SettingText } from '../../policy/policy.ts';
import type { PolicyStore, SecretStore, StoredEntry, StoredPolicy, StoredSecret } from '../state.ts';
import type { Link } from './link.ts';
import { listOf, numberOf, textOf } from './reply.ts';
import { Script } from './script.ts';

/** Puts one field, or takes it away where there is no value; what it held before, or nil. */
const CHANGE = new Script(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) else redis.call('HDEL', KEYS[1], ARGV[1]) end
local version = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', KEYS[3], version)
return {version, before}
`);

/** Puts a secret in the place of one with this scope and sealed value; 1 if that was there, else nil. */
const REPLACE = new Script(`
local there = redis.call('HGET', KEYS[1], ARGV[1])
local read = there and cjson.decode(there)
if not read or read.scope ~= ARGV[3] or read.sealed ~= ARGV[4] then return {redis.call('GET', KEYS[2]) or '0', false} end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local version = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', KEYS[3], version)
return {version, 1}
`);

/** Both at one moment. */
const LOAD = new Script("return {redis.call('HVALS', KEYS[1]), redis.call('HVALS', KEYS[2])}");

/** Null: it is taken away. Returns what was there before; undefined if nothing was. */
function change(link: Link, hash: string, field: readonly unknown[], value: object | null): Promise<unknown> {
  return perform(link, CHANGE, hash, [JSON.stringify(field), ...(value === null ? [] : [JSON.stringify(value)])]);
}

/** Returns what a script says beside the new version; undefined if nothing. */
async function perform(link: Link, script: Script, hash: string, args: readonly string[]): Promise<unknown> {
  const keys = [link.key(hash), link.key('version'), link.key('changes')];
  const [version, said] = listOf(await script.run(link.connection, keys, args));
  // Who changed something sees it at once, whenever the notice comes.
  link.noticed(numberOf(version));
  return said ?? undefined;
}

export class RedisPolicy implements PolicyStore {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  async load(): Promise<StoredPolicy> {
    // Before the answer: a change that comes meanwhile makes this an older version.
    const version = this.version();
    const keys = [this.#link.key('entries'), this.#link.key('settings')];
    const [entries, settings] = listOf(await LOAD.run(this.#link.connection, keys, []));
    return {
      version,
      entries: listOf(entries).map(readEntry).sort(byText),
      settings: listOf(settings).map(readSetting),
    };
  }

  version(): number {
    return this.#link.version;
  }

  async putEntry({ kind, app, text, rule, options }: StoredEntry): Promise<StoredEntry | null> {
    const before = await change(this.#link, 'entries', [kind, app, text], { kind, app, text, rule, options });
    return before === undefined ? null : readEntry(before);
  }

  async removeEntry({ kind, app, text }: Pick<StoredEntry, 'kind' | 'app' | 'text'>): Promise<boolean> {
    return (await change(this.#link, 'entries', [kind, app, text], null)) !== undefined;
  }

  async putSetting({ app, name, text }: SettingText): Promise<void> {
    await change(this.#link, 'settings', [app, name], { app, name, text });
  }

  async removeSetting({ app, name }: Pick<SettingText, 'app' | 'name'>): Promise<boolean> {
    return (await change(this.#link, 'settings', [app, name], null)) !== undefined;
  }
}

export class RedisSecrets implements SecretStore {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  async load(): Promise<readonly StoredSecret[]> {
    const stored = listOf(await this.#link.connection.command(['HVALS', this.#link.key('secrets')]));
    return stored.map(readSecret).sort((left, right) => compare(left.name, right.name));
  }

  async put(secret: StoredSecret): Promise<void> {
    await change(this.#link, 'secrets', [secret.name, secret.app], writeSecret(secret));
  }

  async replace(read: StoredSecret, secret: StoredSecret): Promise<boolean> {
    const field = JSON.stringify([read.name, read.app]);
    const args = [field, JSON.stringify(writeSecret(secret)), read.scope, base64(read.sealed)];
    return (await perform(this.#link, REPLACE, 'secrets', args)) !== undefined;
  }

  async remove(name: string, app: string | null): Promise<boolean> {
    return (await change(this.#link, 'secrets', [name, app], null)) !== undefined;
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function byText(left: StoredEntry, right: StoredEntry): number {
  return compare(`${left.kind} ${left.app ?? ''} ${left.text}`, `${right.kind} ${right.app ?? ''} ${right.text}`);
}

/** The fields of what `change` has stored. What is no such thing raises: better no policy than half of one. */
function fieldsOf(reply: unknown): (name: string) => unknown {
  const value: unknown = JSON.parse(textOf(reply));
  if (typeof value !== 'object' || value === null) throw new TypeError('the state holds what is no record');
  return (name) => Reflect.get(value, name);
}

function textField(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('the state holds a record without a text');
  return value;
}

const textOrNull = (value: unknown): string | null => (value === null ? null : textField(value));

function readEntry(reply: unknown): StoredEntry {
  const field = fieldsOf(reply);
  return {
    kind: field('kind') === 'allow' ? 'allow' : 'deny',
    app: textOrNull(field('app')),
    text: textField(field('text')),
    rule: textField(field('rule')),
    options: textField(field('options')),
  };
}

function readSetting(reply: unknown): SettingText {
  const field = fieldsOf(reply);
  return { app: textOrNull(field('app')), name: textField(field('name')), text: textField(field('text')) };
}

function writeSecret({ sealed, previous, ...rest }: StoredSecret): object {
  return { ...rest, sealed: base64(sealed), previous: previous === null ? null : base64(previous) };
}

function readSecret(reply: unknown): StoredSecret {
  const field = fieldsOf(reply);
  const previous = textOrNull(field('previous'));
  return {
    name: textField(field('name')),
    app: textOrNull(field('app')),
    scope: textField(field('scope')),
    sealed: new Uint8Array(Buffer.from(textField(field('sealed')), 'base64')),
    previous: previous === null ? null : new Uint8Array(Buffer.from(previous, 'base64')),
    previousUntil: Number(field('previousUntil')) || 0,
    changedAt: Number(field('changedAt')) || 0,
  };
}
