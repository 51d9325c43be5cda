/**
 * Brings the files of web-platform-tests (BSD-3-Clause) that Debian's source package of Node carries into a cache of the
 * user's: `npm run wpt`. Needs apt and any archive of Debian's; changes nothing of the machine's settings.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the suite is: of the file that names the commit of each of its folders. */
const SUITE = 'a26a2c7ecfa551a141f2177c74289f927ef60795bb72b654b5eb60fdf79305f6';

/** For each step of apt's. */
const PATIENCE_MS = 90_000;

export const WPT_FOLDER = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'caspian-net', 'wpt');

/** Whether the files are there, and are those that the results were measured with. */
export function hasWpt(): boolean {
  const versions = join(WPT_FOLDER, 'versions.json');
  return existsSync(versions) && createHash('sha256').update(readFileSync(versions)).digest('hex') === SUITE;
}

/** The archives that apt knows, asked for sources instead of packages. */
function sourceLists(): readonly (readonly [kind: 'sources' | 'list', text: string])[] {
  const lists: ['sources' | 'list', string][] = [];
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  for (const file of [...files, '/etc/apt/sources.list'].filter((name) => existsSync(name))) {
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.sources')) lists.push(['sources', text.replaceAll(/^Types:.*$/gm, 'Types: deb-src')]);
    else if (file.endsWith('.list')) lists.push(['list', text.replaceAll(/^deb /gm, 'deb-src ')]);
  }
  return lists;
}

function fetchWpt(): void {
  const work = mkdtempSync(join(tmpdir(), 'wpt-'));
  try {
    for (const folder of ['parts', 'lists/partial', 'cache/archives/partial', 'suite'])
      mkdirSync(join(work, folder), { recursive: true });
    sourceLists().forEach(([kind, text], index) => {
      writeFileSync(join(work, 'parts', `${index}.${kind}`), text);
    });
    const apt = (...args: readonly string[]): unknown =>
      execFileSync(
        'apt-get',
        [
          '-qq',
          ...[
            'Dir::Etc::sourcelist=/dev/null',
            `Dir::Etc::sourceparts=${work}/parts`,
            `Dir::State::lists=${work}/lists`,
            `Dir::Cache=${work}/cache`,
            'APT::Sandbox::User=root',
          ].flatMap((setting) => ['-o', setting]),
          ...args,
        ],
        { cwd: work, stdio: ['ignore', 'ignore', 'inherit'], timeout: PATIENCE_MS },
      );
    apt('update');
    apt('source', '--download-only', '--tar-only', 'nodejs');
    const archive = readdirSync(work).find((name) => /^nodejs_.*\.orig\.tar\.\w+$/.test(name));
    if (archive === undefined) throw new Error('the source package has no archive');
    const suite = ['--strip-components=4', '--wildcards', '*/test/fixtures/wpt/*'];
    execFileSync('tar', ['-xf', archive, '-C', 'suite', ...suite], { cwd: work });
    rmSync(WPT_FOLDER, { recursive: true, force: true });
    cpSync(join(work, 'suite'), WPT_FOLDER, { recursive: true });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Does nothing where they are. Throws if they can't be had. */
export function bringWpt(): void {
  if (!hasWpt()) fetchWpt();
  if (!hasWpt()) throw new Error(`${WPT_FOLDER}: Debian's source of Node has another version of the suite`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bringWpt();
