/**
 * The examples of HTTP clients, in Caspian and in TypeScript: each runs as its own `run:` line says, against the
 * shop of the example API, and prints what its `#=>` lines say.
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { root } from './helpers/cli.ts';
import { API, example, start } from './helpers/examples.ts';
import { type TempFolder, tempFolder } from './helpers/temp.ts';

let shop: Api;
let folder: TempFolder;

beforeAll(async () => {
  folder = tempFolder();
  writeFileSync(folder.file('report.txt'), 'x'.repeat(200_000));
  shop = await startApi(0);
});

afterAll(async () => {
  folder[Symbol.dispose]();
  await shop.close();
});

it.each(readdirSync(`${root}examples/http`))('%s', async (file) => {
  const { command, promised } = example(`http/${file}`, { [API]: shop.host, '/tmp/caspian-examples': folder.path });
  await using started = start(command);
  expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
  expect(promised).not.toBe('');
  if (file.startsWith('download')) expect(statSync(folder.file('catalogue.bin')).size).toBe(3_000_000);
});
