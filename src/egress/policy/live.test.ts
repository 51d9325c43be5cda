import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { SocketError } from '../../errors/classes.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { PolicyStore, SecretStore } from '../state/state.ts';
import { LivePolicy } from './live.ts';

const NO_SECRETS: SecretStore = { load: () => [], put: () => {}, remove: () => false };

/** Counts how often its version is looked at. */
class CountingStore implements PolicyStore {
  looks = 0;
  current = 1;
  away = false;

  version(): number {
    this.looks += 1;
    if (this.away) throw new SocketError('away', { retryable: true });
    return this.current;
  }

  load() {
    return { version: this.current, entries: [], settings: [] };
  }

  putEntry(): void {}
  putSetting(): void {}
  removeEntry(): boolean {
    return false;
  }
}

describe('the policy as it stands', () => {
  let clock: ManualClock;
  let store: CountingStore;
  let live: LivePolicy;

  beforeEach(async () => {
    clock = new ManualClock();
    store = new CountingStore();
    live = new LivePolicy(
      store,
      new Secrets(
        NO_SECRETS,
        () => Buffer.alloc(32),
        () => 0,
      ),
      clock,
    );
    await live.fresh();
    store.looks = 0;
  });

  test('is looked at again after a millisecond', () => {
    clock.advance(0.9);
    live.current();
    expect(store.looks).toBe(0);
    clock.advance(0.1);
    live.current();
    expect(store.looks).toBe(1);
  });

  test('has the next call wait for a change that was seen before it', async () => {
    store.current = 2;
    live.look();
    expect(await live.current()).toMatchObject({ version: 2 });
  });

  test('raises for the next call what was wrong when it was looked at for none', () => {
    store.away = true;
    live.look();
    expect(() => live.current()).toThrow('can not be reached');
    expect(store.looks).toBe(2);
  });
});
