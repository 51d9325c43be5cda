/**
 * Attack: a script uses a secret whose key file is missing or can be read by others, to learn from the error where the host
 * keeps its keys.
 */
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testEgress } from '../helpers/egress.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const SPOILT: Readonly<Record<string, (file: string) => void>> = {
  'is missing': (file) => renameSync(file, `${file}.gone`),
  'can be read by others': (file) => chmodSync(file, 0o644),
};

test.each(Object.entries(SPOILT))('a key file that %s', async (_what, spoil) => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-key-path-'));
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const first = await testEgress({ state });
  await first.egress.allow('api.test');
  await first.egress.secrets.set('KEY', 'value', { hosts: ['api.test'] });
  await first.egress.close();
  spoil(join(folder, 'egress.db.key'));
  await using made = await testEgress({ state });
  const refused = await failureOf(made.egress.net({ app: 'a' }).fetch('https://api.test/', { auth: 'KEY' }));
  expect(refused).toMatchObject({ code: 'NET_AUTH', message: expect.stringContaining('is not there') });
  expect(`${refused.message} ${refused.hint}`).not.toContain(folder);
  rmSync(folder, { recursive: true });
});
