/**
 * Every example runs as its own `# run:` line says, against real servers, and prints what its `#=>` lines say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { caspian, root } from './helpers/cli.ts';
import { API, example, runLine, start } from './helpers/examples.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi(0);
});

afterAll(() => api.close());

const scripts = readdirSync(`${root}examples`).filter((file) => file.endsWith('.casp') && file !== 'quickstart.casp');

it.each(scripts)('%s', async (script) => {
  const { command, promised } = example(script, { [API]: api.host });
  expect(promised).not.toBe('');
  await using started = start(command);
  expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
});

it('quickstart.casp: the tour', async () => {
  const ran = await caspian([
    `--allow-net=${api.host}`,
    '--lib=examples/lib',
    'examples/quickstart.casp',
    `http://${api.host}`,
  ]);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toContain('Baku has 2344000 people');
  expect(ran.stdout).toContain('%net in the library is null');
  expect(ran.stdout).toContain('Baku: 24 degrees, clear');
  expect(ran.stdout).toContain('puck.uno/error/network/host_not_allowed');
  expect(ran.stdout).toContain('hint: run again with --allow-net=example.com:443');
  expect(ran.code).toBe(0);
});

/** Every file below examples/ that is run by itself. */
const runnable = readdirSync(`${root}examples`, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(?!lib|servers|embed|isolates\/lib|serverless)([\w-]+\/)?[\w-]+\.(casp|js|ts)$/.test(file))
  .filter((file) => !['api.ts', 'start.ts', 'usage.ts', 'quickstart.casp'].includes(file))
  .concat('embed/lua/main.lua', 'embed/quickjs/main.qjs', 'embed/toy/main.toy');

it.each(runnable)('README.md has the command of %s', (file) => {
  expect(readFileSync(`${root}examples/README.md`, 'utf8').split('\n')).toContain(`npx ${runLine(file)}`);
});

it.each(runnable.map(runLine).filter((line) => line.startsWith('node ')))('usage: %s', async (line) => {
  const [program, file] = line.split(' ');
  await using started = start(`${program} ${file}`);
  expect([await started.ended, started.stdout]).toEqual([2, '']);
  expect(started.stderr).toMatch(/^usage: node examples\/\S+\.ts [A-Z][^\n]*\n$/);
});
