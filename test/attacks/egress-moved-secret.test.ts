/** Who can write to the state, and has no key, moves a sealed value to where he can have it sent: it is not opened there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

test.each([
  ['another app', "UPDATE secrets SET app = 'mallory'"],
  ['all apps', "UPDATE secrets SET app = ''"],
  ['another name', "UPDATE secrets SET name = 'MINE', app = 'mallory'"],
  ['other hosts', "UPDATE secrets SET scope = replace(scope, 'api.test', 'evil.test'), app = app"],
  ['every host', `UPDATE secrets SET scope = '{"hosts":["*:*"],"methods":null,"paths":null}'`],
  ['every path', `UPDATE secrets SET scope = replace(scope, '["/v1/*"]', 'null')`],
  [
    'a secret of his own',
    "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'KEY') WHERE name = 'HIS'",
  ],
  ['an older value', 'UPDATE secrets SET previous = sealed, previous_until = 9e15, sealed = zeroblob(60)'],
])('to %s', async (_where, change) => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-moved-'));
  const path = join(folder, 'egress.db');
  await using server = await startHttp();
  await using made = await testEgress({ state: `sqlite:${path}` });
  const { egress } = made;
  for (const host of ['api.test', 'evil.test']) await allowServer(egress, server, { host });
  const scope = { hosts: [`api.test:${server.port}`], paths: ['/v1/*'] };
  await egress.secrets.set('KEY', 'sk_live_1', scope, 'billing');
  await egress.secrets.set('HIS', 'mine', { hosts: [`evil.test:${server.port}`] }, 'mallory');
  using other = new DatabaseSync(path);
  other.exec(
    "DELETE FROM secrets WHERE name = 'HIS' AND instr($$, 'HIS') = 0".replace(
      '$$',
      `'${change.replaceAll("'", "''")}'`,
    ),
  );
  other.exec(change);
  other.exec("UPDATE meta SET value = value + 1 WHERE name = 'policy_version'");
  for (const app of ['billing', 'mallory']) {
    for (const host of ['api.test', 'evil.test']) {
      for (const auth of ['KEY', 'MINE', 'HIS']) {
        const asked = egress.net({ app }).fetch(`${server.origin(host)}/v2/x`, { auth });
        expect(await failureOf(asked)).toMatchObject({ code: 'NET_AUTH' });
      }
    }
  }
  expect(server.seen).toHaveLength(0);
  rmSync(folder, { recursive: true });
});
