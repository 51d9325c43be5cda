import { beforeEach, describe, expect, test } from 'vitest';
import { SocketError } from '../../errors/classes.ts';
import { keySource } from '../secrets/key.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { PolicyStore, SecretStore } from '../state/state.ts';
import { LivePolicy } from './live.ts';

const NO_SECRETS: SecretStore = { load: () => [], put: () => {}, replace: () => false, remove: () => false };

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

  putEntry(): null {
    return null;
  }
  putSetting(): void {}
  removeSetting(): boolean {
    return false;
  }
  removeEntry(): boolean {
    return false;
  }
}

describe('the policy as it stands', () => {
  let store: CountingStore;
  let live: LivePolicy;

  beforeEach(async () => {
    store = new CountingStore();
    const secrets = new Secrets(NO_SECRETS, keySource({}, 'made'), () => 0);
    live = new LivePolicy(store, secrets);
    await live.current();
    store.looks = 0;
  });

  test('is read again where its version is another, and not else', async () => {
    const known = live.current();
    expect(known).toBe(live.last);
    store.current = 2;
    expect(await live.current()).toMatchObject({ version: 2 });
    expect(store.looks).toBe(2);
  });

  test('has the next call wait for a change that was seen before it', async () => {
    store.current = 2;
    live.look();
    expect(live.last).toMatchObject({ version: 1 });
    expect(await live.current()).toMatchObject({ version: 2 });
  });

  test('raises for the next call what was wrong when it was looked at for none', () => {
    store.away = true;
    live.look();
    expect(() => live.current()).toThrow('can not be reached');
    expect(store.looks).toBe(2);
  });

  test('tells of each other policy that is read', async () => {
    const told: number[] = [];
    live.onChange(({ version }) => told.push(version));
    await live.current();
    store.current = 2;
    await live.current();
    await live.current();
    expect(told).toEqual([2]);
  });
});
