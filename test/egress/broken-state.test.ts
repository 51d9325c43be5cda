/** A file of SQLite that breaks while calls are made: what must be known closes, what is only nice to have is done without. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

/** An egress on a file of which another process takes tables away. */
async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'egress-broken-'));
  const path = join(folder, 'egress.db');
  const server = await startHttp((response) => response.end('body'));
  const made = await testEgress({ state: `sqlite:${path}` });
  await allowServer(made.egress, server);
  const other = new DatabaseSync(path);
  return {
    egress: made.egress,
    server,
    lose: (...tables: string[]) => {
      for (const table of tables) other.exec(`DROP TABLE ${table}`);
    },
    loseJournal: () => {
      using journal = new DatabaseSync(`${path}.journal`);
      journal.exec('DROP TABLE journal');
    },
    [Symbol.asyncDispose]: async () => {
      await made.egress.close().catch(() => {});
      other.close();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

test('the policy: nothing goes out, and the error says that another time may do', async () => {
  await using made = await setUp();
  const { egress, server } = made;
  expect((await egress.net({ app: 'a' }).fetch(server.origin())).status).toBe(200);
  made.lose('entries', 'settings', 'meta');
  for (const asked of [
    egress.net({ app: 'a' }).fetch(server.origin()),
    egress.net({ app: 'a' }).webSocket(`ws://api.test:${server.port}/`),
    egress.net({ app: 'b' }).fetch(server.origin(), { cache: '5m' }),
  ]) {
    expect(await failureOf(asked)).toMatchObject({ code: 'NET_SOCKET', retryable: true });
  }
  expect(server.seen).toHaveLength(1);
});

test('the cache, the journal, the rates and the slots: calls go on', async () => {
  await using made = await setUp();
  const { egress, server } = made;
  await egress.journal({ limit: 1 });
  made.lose('cache', 'rates', 'slots');
  made.loseJournal();
  const net = egress.net({ app: 'a' });
  for (let each = 0; each < 3; each++) {
    const response = await net.fetch(server.origin(), { cache: '5m' });
    expect([await response.text(), response.fromCache]).toEqual(['body', false]);
  }
  // What was refused is refused all the same.
  expect(await failureOf(net.fetch('https://elsewhere.test/'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
});
