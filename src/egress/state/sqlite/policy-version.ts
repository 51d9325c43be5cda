/**
 * The version of the policy in one file, read no more often than it has to be: that costs more than all else that is decided
 * about a call. Trusted side. What this thread changes counts at once, through whichever state it does; what others change,
 * a millisecond later.
 */
import { type Database, numberOf } from './database.ts';

/** How old what is known of others may be. */
const TRUSTED_MS = 1;

/** How often this thread has changed the policy of a file. */
interface Changes {
  count: number;
}

const byFile = new Map<string, Changes>();

/** `file`: null for a state in memory, which nobody shares. */
export function changesOf(file: string | null): Changes {
  if (file === null) return { count: 0 };
  let changes = byFile.get(file);
  if (changes === undefined) {
    changes = { count: 0 };
    byFile.set(file, changes);
  }
  return changes;
}

export class PolicyVersion {
  readonly #db: Database;
  readonly #changes: Changes;
  readonly #now: () => number;
  #known = 0;
  /** When that was read, and what this thread had changed by then. */
  #readAt = Number.NEGATIVE_INFINITY;
  #readChanges = 0;

  /** `now`: milliseconds, monotonic. */
  constructor(db: Database, changes: Changes, now: () => number = () => performance.now()) {
    this.#db = db;
    this.#changes = changes;
    this.#now = now;
  }

  /** As it is, as far as is known. Raises what the file raises. */
  get current(): number {
    const isTrusted = this.#readChanges === this.#changes.count && this.#now() - this.#readAt < TRUSTED_MS;
    return isTrusted ? this.#known : this.read();
  }

  /** As it stands in the file. */
  read(): number {
    const [readAt, readChanges] = [this.#now(), this.#changes.count];
    this.#known = numberOf(this.#db.get("SELECT value FROM meta WHERE name = 'policy_version'")?.['value']);
    this.#readAt = readAt;
    this.#readChanges = readChanges;
    return this.#known;
  }

  /** Does that in one step, as a change of the policy. */
  change<T>(step: () => T): T {
    const result = this.#db.transaction(() => {
      const changed = step();
      this.#db.run("UPDATE meta SET value = value + 1 WHERE name = 'policy_version'");
      return changed;
    });
    this.#changes.count += 1;
    return result;
  }
}
