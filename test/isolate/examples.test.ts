/** Every example of examples/isolates runs as its own `// run:` line says, and prints what its `//=>` lines say. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../../examples/api.ts';
import { root } from '../helpers/cli.ts';
import { API, example, start } from '../helpers/examples.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi(0);
});

afterAll(() => api.close());

const files = readdirSync(`${root}examples/isolates`).filter((file) => /\.(js|ts)$/.test(file));

it.each(files)('%s', async (file) => {
  const { command, promised } = example(`isolates/${file}`, { [API]: api.host });
  await using started = start(command);
  expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
});
