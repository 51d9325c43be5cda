/**
 * The programs that contestants run in, and how to tell whether they are here. Paths of the real thing, since a
 * launcher in front of it would be measured too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Need } from './row.ts';

const bench = fileURLToPath(new URL('..', import.meta.url));

/** A file below bench/. */
export function file(path: string): string {
  return bench + path;
}

export const NODE = process.execPath;
export const LUA = 'lua5.4';
export const RUBY = 'ruby';
export const PERL = 'perl';
export const CURL = 'curl';
export const NGINX = 'nginx';
export const PYTHON = '/usr/bin/python3';

/** The python3 of the PATH where that is another one than Debian's, behind whatever shim stands in front of it. */
export const OTHER_PYTHON = otherPython();

const inPackage = (pattern: string) => globSync(pattern, { cwd: `${bench}node_modules` })[0];
export const DENO = `${bench}node_modules/${inPackage('@deno/*/deno') ?? 'deno'}`;
export const BUN = `${bench}node_modules/${inPackage('@oven/*/bin/bun') ?? 'bun'}`;

/** A program that answers to these arguments. */
export function needsProgram(program: string, args: readonly string[], packages: string): Need {
  return {
    met: () => spawnSync(program, args, { stdio: 'ignore' }).status === 0,
    install: `apt install ${packages}`,
  };
}

/** A package of bench/package.json. */
export function needsPackage(name: string): Need {
  return { met: () => existsSync(`${bench}node_modules/${name}`), install: 'npm install --prefix bench' };
}

/** Something that `npm run build` makes, or a source that is not written yet. */
export function needsBuilt(path: string): Need {
  return { met: () => existsSync(`${bench}../${path}`), install: 'npm install && npm run build' };
}

export const needsPython = needsProgram(PYTHON, ['--version'], 'python3');
export const needsLua = needsProgram(LUA, ['-v'], 'lua5.4');
export const needsRuby = needsProgram(RUBY, ['--version'], 'ruby');
export const needsPerl = needsProgram(PERL, ['--version'], 'perl');
export const needsCurl = needsProgram(CURL, ['--version'], 'curl');
export const needsTaskset = needsProgram('taskset', ['--version'], 'util-linux');

function otherPython(): string | null {
  const { stdout } = spawnSync('python3', ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'], {
    encoding: 'utf8',
  });
  const path = stdout?.trim() ?? '';
  const debian = spawnSync(PYTHON, ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'], {
    encoding: 'utf8',
  }).stdout?.trim();
  return path === '' || path === debian ? null : path;
}
