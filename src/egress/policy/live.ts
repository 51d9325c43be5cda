/**
 * The policy as it stands now: kept in memory, and read again as soon as the state's version is another. Trusted side.
 * Where the state can't be reached this raises, and the call is refused: policy and secrets fail closed.
 */
import { CaspianError, SocketError } from '../../errors/classes.ts';
import type { SecretBook, Secrets } from '../secrets/secrets.ts';
import type { Eventual, PolicyStore, StoredEntry } from '../state/state.ts';
import { type Entry, readEntry } from './entry.ts';
import { Policy } from './policy.ts';

/** Everything that one call is decided by. */
export interface Standing {
  readonly version: number;
  readonly policy: Policy;
  readonly secrets: SecretBook;
}

export class LivePolicy {
  readonly #store: PolicyStore;
  readonly #secrets: Secrets;
  #standing: Standing | null = null;
  #loading: Promise<Standing> | null = null;
  #changed: (standing: Standing) => void = () => {};
  #ended: CaspianError | null = null;

  constructor(store: PolicyStore, secrets: Secrets) {
    this.#store = store;
    this.#secrets = secrets;
  }

  /** What was read last; null before the first call. */
  get last(): Standing | null {
    return this.#standing;
  }

  /** `changed` is told of each other policy that is read from now on. */
  onChange(changed: (standing: Standing) => void): void {
    this.#changed = changed;
  }

  /** From now on there is none: whoever asks is told `reason`. */
  close(reason: CaspianError): void {
    this.#ended = reason;
  }

  /** Looks again, for no call: what is wrong is for the next one to find. */
  look(): void {
    try {
      const looked = this.current();
      if (looked instanceof Promise) looked.catch(() => {});
    } catch {
      // As said.
    }
  }

  /** As it is now. Raises SocketError, retryable, if the state can't be reached or read. */
  current(): Eventual<Standing> {
    if (this.#ended !== null) throw this.#ended;
    let version: number;
    try {
      version = this.#store.version();
    } catch (cause) {
      throw unreachable(cause);
    }
    const standing = this.#standing;
    if (standing !== null && standing.version === version) return standing;
    const loading = this.#loading;
    // What was begun before a change may have been read before it.
    if (loading !== null) return loading.then((loaded) => (loaded.version >= version ? loaded : this.current()));
    this.#loading = this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #load(): Promise<Standing> {
    try {
      const { version, entries, settings } = await this.#store.load();
      const secrets = await this.#secrets.book();
      const policy = new Policy(entries.map(readStored), settings);
      // What changed while the secrets were read is seen by the next call: its version is another.
      const standing = { version, policy, secrets };
      this.#standing = standing;
      this.#changed(standing);
      return standing;
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}

/** Options are read anew, so that an entry means the same in every process. */
function readStored({ kind, app, rule, options }: StoredEntry): Entry {
  const given: unknown = JSON.parse(options);
  return readEntry(kind, app, rule, given);
}

function unreachable(cause: unknown): CaspianError {
  if (cause instanceof CaspianError && cause.code !== 'NET_SOCKET') return cause;
  const away = cause instanceof CaspianError && cause.retryable;
  return new SocketError(`the state of the egress can not be ${away ? 'reached' : 'read'}, so nothing is let out`, {
    operation: 'fetch',
    retryable: true,
    cause,
  });
}
