/** The hosts of examples/embed/: each stays short, and runs its example with real servers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../helpers/cli.ts';
import { type HostServers, startHostServers } from '../helpers/embed-host.ts';

/** What stands before a line that is printed, in each language. */
const HOSTS = [
  { host: 'lua', extension: 'lua', mark: '--=> ' },
  { host: 'quickjs', extension: 'qjs', mark: '//=> ' },
  { host: 'toy', extension: 'toy', mark: ';=> ' },
];

let servers: HostServers;

beforeAll(async () => {
  servers = await startHostServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

describe.each(HOSTS)('$host', ({ host, extension, mark }) => {
  it('is shorter than 80 lines', () => {
    const lines = readFileSync(join(root, `examples/embed/${host}.ts`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThan(80);
  });

  it('runs its example', async () => {
    const folder = join(root, 'examples/embed', host);
    const names = readdirSync(folder).filter((name) => name.endsWith(`.${extension}`));
    const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    const promised = servers
      .fillIn(files[`main.${extension}`] ?? '')
      .split('\n')
      .filter((line) => line.startsWith(mark))
      .map((line) => `${line.slice(mark.length)}\n`);
    expect(promised.length).toBeGreaterThan(3);
    expect(await servers.run(`${host}.ts`, files)).toEqual({ stdout: promised.join(''), stderr: '' });
  });
});
