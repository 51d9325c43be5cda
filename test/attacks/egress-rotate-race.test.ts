/** A secret is removed, narrowed or rotated while somebody rotates it: what the other did stands, and is not undone. */
import { describe, expect, test } from 'vitest';
import { keySource } from '../../src/egress/secrets/key.ts';
import { Secrets } from '../../src/egress/secrets/secrets.ts';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { openSqlite } from '../../src/egress/state/sqlite/sqlite.ts';
import type { SecretStore, State } from '../../src/egress/state/state.ts';
import { hasRedis, redisPlaces, WITHOUT_REDIS } from '../helpers/redis.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const KEY = keySource({}, 'made');

const freshPlace = redisPlaces();
const freshRedis = (): Promise<State> => openRedis(freshPlace());

type Meanwhile = (secrets: Secrets) => Promise<unknown>;

function attacks(open: () => State | Promise<State>): void {
  test.each<[string, Meanwhile, readonly (readonly [string, readonly string[]])[]]>([
    ['removed', (secrets) => secrets.remove('KEY'), []],
    ['narrowed', (secrets) => secrets.set('KEY', 'v3', { hosts: ['narrow.test'] }), [['KEY', ['narrow.test']]]],
    ['rotated', (secrets) => secrets.rotate('KEY', 'v3', 0), [['KEY', ['wide.test']]]],
  ])('%s meanwhile', async (_how, meanwhile, left) => {
    const state = await open();
    const plain = new Secrets(state.secrets, KEY, () => 0);
    await plain.set('KEY', 'v1', { hosts: ['wide.test'] });
    // The other comes between reading and writing.
    const between: SecretStore = {
      load: () => state.secrets.load(),
      put: async (secret) => {
        await meanwhile(plain);
        await state.secrets.put(secret);
      },
      replace: async (read, secret) => {
        await meanwhile(plain);
        return state.secrets.replace(read, secret);
      },
      remove: (name, app) => state.secrets.remove(name, app),
    };
    const error = await failureOf(new Secrets(between, KEY, () => 0).rotate('KEY', 'v2', '10m'));
    expect(error).toMatchObject({ code: 'ARGUMENT', message: expect.stringContaining('KEY was changed or removed') });
    expect((await plain.list()).map(({ name, hosts }) => [name, hosts])).toEqual(left);
    expect((await plain.list()).map(({ overlapUntil }) => overlapUntil)).toEqual(left.map(() => null));
    await state.close();
  });
}

describe('SQLite', () => attacks(() => openSqlite(':memory:')));

describe.skipIf(!hasRedis)(`Redis${WITHOUT_REDIS}`, () => attacks(freshRedis));
