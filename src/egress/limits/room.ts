/**
 * The room where calls wait: so many in one process, shared fairly among apps. Trusted side. One app may fill it while
 * no other needs it; where it is full, an app with less than its part of it takes the place of the app with the most, so
 * that no app's flood is another's refusal.
 */
import { holdProcess } from '../../net/hold.ts';

/** A call that waits. */
export interface Occupant {
  readonly app: string;
  /** Called when it must give way, to another call or for `reason`; it has left the room already. */
  readonly giveWay: (reason?: unknown) => void;
}

export class Room {
  readonly #lines = new Map<string, Set<Occupant>>();
  #size = 0;
  /** While somebody waits the process goes on. */
  #letGo: (() => void) | null = null;

  get size(): number {
    return this.#size;
  }

  /** False if there is no place for one more of this app, where all together are `most`. */
  enter(occupant: Occupant, most: number): boolean {
    const { app } = occupant;
    while (this.#size >= most) {
      const own = this.#lines.get(app)?.size ?? 0;
      const apps = this.#lines.size + (own === 0 ? 1 : 0);
      // A flood ends here, and looks at nothing else. Below its part, some other app is above its own.
      if (own >= Math.floor(most / apps)) return false;
      this.#evict();
    }
    const line = this.#lines.get(app);
    if (line === undefined) this.#lines.set(app, new Set([occupant]));
    else line.add(occupant);
    this.#size += 1;
    this.#letGo ??= holdProcess();
    return true;
  }

  /** Leaving again does nothing. */
  leave(occupant: Occupant): void {
    const { app } = occupant;
    const line = this.#lines.get(app);
    if (line?.delete(occupant) !== true) return;
    this.#size -= 1;
    if (line.size === 0) this.#lines.delete(app);
    if (this.#size > 0) return;
    this.#letGo?.();
    this.#letGo = null;
  }

  /** Everybody must go. */
  empty(reason: unknown): void {
    for (const line of [...this.#lines.values()]) {
      for (const occupant of [...line]) {
        this.leave(occupant);
        occupant.giveWay(reason);
      }
    }
  }

  /** The last who came of the app with the most: it has waited the least. */
  #evict(): void {
    let longest: ReadonlySet<Occupant> = new Set();
    for (const line of this.#lines.values()) if (line.size > longest.size) longest = line;
    const last = [...longest].at(-1);
    if (last === undefined) return;
    this.leave(last);
    last.giveWay();
  }
}
