/**
 * The secrets that a host keeps: which one a caller may use where, and its value for the moment of a request. Trusted
 * side. A value leaves this file for the request's header alone; no error, log or row ever holds one.
 */
import { ArgumentError, type ErrorDetails, SecretNotAllowedError } from '../../errors/classes.ts';
import type { Host } from '../../net/address/host.ts';
import { readDuration } from '../../net/durations.ts';
import { readRules } from '../../net/grants/input.ts';
import { Layer } from '../../net/grants/layer.ts';
import { coversAllPorts, type Rule } from '../../net/grants/rule.ts';
import { isSecretName, SECRET_NAME } from '../../net/http/secret.ts';
import { operationOf } from '../operation.ts';
import { checkApp } from '../policy/entry.ts';
import type { SecretStore, StoredSecret } from '../state/state.ts';
import type { OpenSecret } from './injection.ts';
import type { KeySource } from './key.ts';
import { seal, unseal } from './seal.ts';

/** Where a secret may go. */
export interface SecretScope {
  /** Connect rules, each of one host; without a port, 443 and, where an entry lets http, 80. */
  readonly hosts: readonly string[];
  /** Null: any. */
  readonly methods?: readonly string[] | null | undefined;
  /** Patterns: each begins with `/` or `*`, and `*` stands for any text. Null: any. */
  readonly paths?: readonly string[] | null | undefined;
}

export interface SecretUse {
  readonly app: string;
  readonly host: Host;
  readonly port: number;
  readonly method: string;
  readonly url: URL;
  /** Whether an entry lets http go there. */
  readonly letsHttp: boolean;
}

/** What is known of a secret without opening it. */
export interface SecretInfo extends Required<SecretScope> {
  readonly name: string;
  /** Null: for all apps. */
  readonly app: string | null;
  /** When the value was set or rotated last. */
  readonly changedAt: Date;
  /** Until when the value before the last rotation counts too; null if it does not. */
  readonly overlapUntil: Date | null;
}

interface Held {
  readonly stored: StoredSecret;
  readonly scope: Required<SecretScope>;
  readonly layer: Layer;
}

const LONGEST_VALUE = 16_384;

/**
 * What apps may name and never see: values sealed in the state with AES-256-GCM. `set` and `rotate` raise
 * ArgumentError for a name, value or scope that is none, and where the key can not be had. All raise SocketError
 * where the state can not be reached.
 */
export class Secrets {
  readonly #store: SecretStore;
  readonly #key: KeySource;
  readonly #wall: () => number;

  /** `wall`: milliseconds since 1970. */
  constructor(store: SecretStore, key: KeySource, wall: () => number) {
    this.#store = store;
    this.#key = key;
    this.#wall = wall;
  }

  /** Keeps a value under a name; a secret of that name and app is replaced, and its old value is gone. */
  async set(name: string, value: string, scope: SecretScope, app: string | null = null): Promise<void> {
    const row = {
      name: checkSecretName(name),
      app: app === null ? null : checkApp(app),
      scope: JSON.stringify(readScope(scope)),
    };
    checkValue(value);
    // A second key would open nothing of what the first has sealed.
    const isFirst = (await this.#store.load()).length === 0;
    const sealed = seal(isFirst ? this.#key.make() : this.#key.read(), value, row);
    await this.#store.put({ ...row, sealed, previous: null, previousUntil: 0, changedAt: this.#wall() });
  }

  /**
   * Replaces the value alone. The old one still counts for `overlap`: seconds, or a duration such as '5m'; see
   * spec/egress.md. Raises ArgumentError where the secret is removed, set or rotated by others meanwhile: what they did
   * stands.
   */
  async rotate(name: string, value: string, overlap: number | string, app: string | null = null): Promise<void> {
    const overlapMs = readOverlap(overlap);
    const held = (await this.#store.load()).find((each) => each.name === name && each.app === app);
    if (held === undefined)
      throw new ArgumentError(`there is no secret ${checkSecretName(name)}${app === null ? '' : ` of app ${app}`}`);
    checkValue(value);
    const now = this.#wall();
    const sealed = seal(this.#key.read(), value, held);
    const next = { ...held, sealed, previous: held.sealed, previousUntil: now + overlapMs, changedAt: now };
    // SECURITY: what was removed stays so, and a scope that was narrowed (test/attacks/egress-rotate-race.test.ts).
    if (!(await this.#store.replace(held, next))) {
      throw new ArgumentError(`the secret ${held.name} was changed or removed meanwhile, and was not rotated`, {
        hint: 'see what is kept with: caspian-net secrets list',
      });
    }
  }

  /** False if there was none. */
  async remove(name: string, app: string | null = null): Promise<boolean> {
    return this.#store.remove(name, app);
  }

  /** Every secret: where it may go and since when, never a value. */
  async list(): Promise<readonly SecretInfo[]> {
    return (await this.#store.load()).map(({ name, app, scope, previous, previousUntil, changedAt }) => ({
      name,
      app,
      ...parseScope(scope),
      changedAt: new Date(changedAt),
      overlapUntil: previous !== null && previousUntil > this.#wall() ? new Date(previousUntil) : null,
    }));
  }

  /** What the store holds now, for one version of the policy. */
  async book(): Promise<SecretBook> {
    return new SecretBook(await this.#store.load(), this.#key, this.#wall);
  }
}

/** Secrets as they were at one version, opened when they are used. */
export class SecretBook {
  readonly #held: readonly Held[];
  readonly #key: KeySource;
  readonly #wall: () => number;

  constructor(stored: readonly StoredSecret[], key: KeySource, wall: () => number) {
    this.#held = stored.map((each) => {
      const scope = parseScope(each.scope);
      return { stored: each, scope, layer: layerOf(scope) };
    });
    this.#key = key;
    this.#wall = wall;
  }

  /**
   * The values that may go there, the newest first. Raises SecretNotAllowedError, the same for a secret that is unknown
   * and for one of another app: nobody learns which names there are.
   */
  open(name: string, use: SecretUse): readonly OpenSecret[] {
    const found = this.#find(name, use.app);
    if (found === undefined) throw notAllowed(use, `there is no secret "${name}" for app ${use.app}`);
    if (!staysSealed(use)) throw notAllowed(use, 'a secret goes over http only where an entry lets http');
    if (!covers(found.layer, use)) throw notAllowed(use, `the secret "${name}" is not for this host, method or path`);
    const key = this.#keyFor(use);
    const values = [found.stored.sealed, ...this.#overlap(found.stored)].map((sealed) =>
      unseal(key, sealed, found.stored),
    );
    const [newest] = values;
    if (newest === null || newest === undefined) {
      throw notAllowed(use, `the secret "${name}" was sealed with another key, or for another scope`);
    }
    return values.flatMap((value) => (value === null ? [] : [{ name, value }]));
  }

  /** SECURITY: where it should be is a path of the host's, and no tenant's business (test/attacks/egress-key-path.test.ts). */
  #keyFor(use: SecretUse): Uint8Array {
    try {
      return this.#key.read();
    } catch (cause) {
      throw notAllowed(use, 'the key that the secrets were sealed with is not there', {
        hint: "the operator's CASPIAN_EGRESS_KEY or key file is missing, or can not be used",
        cause,
      });
    }
  }

  /** Whether `open` may give a value: it still raises where that was sealed with another key. */
  allows(name: string, use: SecretUse): boolean {
    const found = this.#find(name, use.app);
    return found !== undefined && staysSealed(use) && covers(found.layer, use);
  }

  /** An app's own comes before the one for all. */
  #find(name: string, app: string): Held | undefined {
    const named = this.#held.filter(({ stored }) => stored.name === name);
    return named.find(({ stored }) => stored.app === app) ?? named.find(({ stored }) => stored.app === null);
  }

  #overlap({ previous, previousUntil }: StoredSecret): readonly Uint8Array[] {
    return previous !== null && previousUntil > this.#wall() ? [previous] : [];
  }
}

/** Raises what `set` would for them, but for what the store says. */
export function checkSecret(name: string, value: string, scope: SecretScope): void {
  readScope(scope);
  checkSecretName(name);
  checkValue(value);
}

/** A secret's name. Raises ArgumentError, which never repeats what was passed: it could be a value. */
export function checkSecretName(raw: unknown): string {
  if (isSecretName(raw)) return raw;
  throw new ArgumentError(SECRET_NAME);
}

function notAllowed({ host, port, url }: SecretUse, message: string, more: ErrorDetails = {}): SecretNotAllowedError {
  return new SecretNotAllowedError(message, { host: host.text, port, operation: operationOf(url), ...more });
}

/** Over TLS, or where the operator has said that it need not be. */
function staysSealed({ url, letsHttp }: SecretUse): boolean {
  return letsHttp || (url.protocol !== 'http:' && url.protocol !== 'ws:');
}

function covers(layer: Layer, { host, port, method, url }: SecretUse): boolean {
  return layer.refuseRequest(host, port, { method, url }) === null;
}

function readScope({ hosts, methods, paths }: SecretScope): Required<SecretScope> {
  if (!Array.isArray(hosts) || hosts.length === 0) throw new ArgumentError('a secret needs the hosts that it is for');
  const scope = { hosts: [...hosts], methods: methods ?? null, paths: paths ?? null };
  // Read once here, so that a bad rule is refused when it is given.
  layerOf(scope);
  return scope;
}

function layerOf({ hosts, methods, paths }: Required<SecretScope>): Layer {
  return Layer.narrowing(hosts.flatMap(withPorts), {
    ...(methods === null || methods === undefined ? {} : { methods }),
    ...(paths === null || paths === undefined ? {} : { paths }),
  });
}

/** A host without a port means the usual ones, as it does in an entry. */
function withPorts(host: string): readonly string[] {
  const [rule, ...more] = readRules([host], 'connect', 'secret');
  if (rule === undefined || more.length > 0) throw new ArgumentError('each host of a secret is one rule');
  const isBare = coversAllPorts(rule) && isNamed(rule) && !host.trim().endsWith(':*');
  return isBare ? [`${host.trim()}:443`, `${host.trim()}:80`] : [host];
}

function isNamed({ pattern }: Rule): boolean {
  return pattern.kind !== 'ip' && pattern.kind !== 'cidr';
}

/** What `readScope` made, and the state has kept. */
function parseScope(text: string): Required<SecretScope> {
  const raw: unknown = JSON.parse(text);
  const list = (key: string): readonly string[] | null => {
    const value: unknown = raw !== null && typeof raw === 'object' ? Reflect.get(raw, key) : null;
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null;
  };
  return { hosts: list('hosts') ?? [], methods: list('methods'), paths: list('paths') };
}

/** Milliseconds. */
function readOverlap(raw: unknown): number {
  const read = readDuration(raw);
  if ('refused' in read) throw new ArgumentError(`rotate: overlap ${read.refused}`);
  return read.value;
}

/** A secret's value. Raises ArgumentError, which never repeats it. */
export function checkValue(value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE) {
    throw new ArgumentError(`a secret is a text of 1 to ${LONGEST_VALUE} characters`);
  }
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new ArgumentError('a secret may have no line breaks or other control characters');
  }
  if (!value.isWellFormed())
    throw new ArgumentError('a secret may have no half of a pair of UTF-16: it can not be sent');
}
