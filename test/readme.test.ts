/** What the README shows is what happens: its commands and its program run, against the example API. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { root } from './helpers/cli.ts';
import { blocksOf } from './helpers/spec-page.ts';
import { commandsOf } from './helpers/spec-sandbox.ts';

const blocks = blocksOf(readFileSync(`${root}README.md`, 'utf8'));
let api: Api;
let folder: string;

beforeAll(async () => {
  api = await startApi(0);
  folder = mkdtempSync(join(tmpdir(), 'caspian-readme-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/caspian-net'));
});

afterAll(() => {
  api.close();
  rmSync(folder, { recursive: true });
});

const real = (text: string): string => text.replaceAll('127.0.0.1:8600', api.host);
const shown = (text: string): string => text.replaceAll(api.host, '127.0.0.1:8600');

/** What a command prints, both streams, as the shell shows them one after the other. */
function shell(command: string, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd, timeout: 15_000 }, (_error, stdout, stderr) => {
      resolve(shown(stdout + stderr));
    });
  });
}

const commands = blocks.filter(({ language }) => language === 'console').flatMap(commandsOf);

it.each(commands.map(({ line, printed }) => [line, printed]))('%s', async (line, printed) => {
  const launcher = `"${process.execPath}" bin/caspian.cjs`;
  expect(await shell(real(line).replace(/^npx caspian/, launcher), root)).toBe(printed);
});

it('runs the program', async () => {
  const program = blocks.find(({ language }) => language === 'ts')?.text ?? '';
  const file = join(folder, 'program.ts');
  writeFileSync(file, real(program));
  expect(await shell(`"${process.execPath}" program.ts`, folder)).toBe('200\n3\n');
});
