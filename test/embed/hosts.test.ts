/** The hosts of examples/embed/: each stays short, and runs its example with real servers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../../examples/api.ts';
import { type Served, startUpper } from '../../examples/servers/sockets.ts';
import { root } from '../helpers/cli.ts';
import { API, example, start, UPPER_PORT } from '../helpers/examples.ts';

const HOSTS = [
  { host: 'lua', extension: 'lua' },
  { host: 'quickjs', extension: 'qjs' },
  { host: 'toy', extension: 'toy' },
];

let api: Api;
let upper: Served;

beforeAll(async () => {
  api = await startApi(0);
  upper = await startUpper(0);
});

afterAll(async () => {
  await api.close();
  await upper[Symbol.asyncDispose]();
});

describe.each(HOSTS)('$host', ({ host, extension }) => {
  it('is shorter than 80 lines', () => {
    const lines = readFileSync(join(root, `examples/embed/${host}.ts`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThan(80);
  });

  it('runs its example', async () => {
    const filled = { [API]: api.host, [UPPER_PORT]: String(upper.port) };
    const { command, promised } = example(`embed/${host}/main.${extension}`, filled);
    await using started = start(command);
    expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
    expect(promised.split('\n').length).toBeGreaterThan(4);
  });
});
