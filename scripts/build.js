/**
 * Builds dist/: the library as ES modules that share chunks, the command line and the script's thread as CommonJS
 * bundles (they load fastest), type declarations, and the licences of what is bundled.
 * `--quiet` prints nothing; `--no-types` leaves the declarations out.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPrelude } from './prelude.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const pageFolder = 'src/egress/dashboard/page';
const flags = new Set(process.argv.slice(2));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { CASPIAN_VERSION: JSON.stringify(version) },
};

/** CommonJS has no import.meta: the banner stands in for it. */
const commonJs = {
  ...common,
  format: 'cjs',
  minify: true,
  supported: { 'dynamic-import': false },
  outExtension: { '.js': '.cjs' },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { ...common.define, 'import.meta.url': 'importMetaUrl' },
};

/** What the command line loads only when it is needed: bundles of their own, by the `import()` that asks for them. */
const loadedLater = {
  name: 'loaded-later',
  setup({ onResolve }) {
    onResolve(
      { filter: /^\.\/(launch|help|repl|undici|cookies|ws|redis-client|operator\/operator|network-runtime)\.ts$/ },
      ({ kind, path }) =>
        kind === 'dynamic-import'
          ? { path: `./${basename(path, '.ts')}.${path.includes('network-runtime') ? 'js' : 'cjs'}`, external: true }
          : null,
    );
  },
};

const results = await Promise.all([
  build({
    ...common,
    entryPoints: { index: 'src/index.ts', guest: 'src/guest.ts', 'network-runtime': 'src/cli/network-runtime.ts' },
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
  }),
  build({
    ...commonJs,
    entryPoints: {
      cli: 'src/cli/main.ts',
      launch: 'src/cli/launch.ts',
      help: 'src/cli/help.ts',
      repl: 'src/cli/repl.ts',
      operator: 'src/cli/operator/operator.ts',
      undici: 'src/net/http/undici.ts',
      cookies: 'src/net/http/cookies.ts',
      ws: 'src/net/stream/ws.ts',
      boot: 'src/engine/guest/boot.ts',
      'redis-client': 'src/egress/state/redis/redis-client.ts',
      'journal-thread': 'src/egress/state/sqlite/journal-thread.ts',
      script: 'src/engine/guest/main.ts',
      regex: 'src/engine/guest/regex.ts',
      'isolate-child': 'src/isolate/child/main.ts',
    },
    outdir: 'dist',
    plugins: [loadedLater],
  }),
  // The dashboard's page, with its charts: it runs in a browser.
  build({
    ...common,
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    minify: true,
    sourcemap: false,
    entryPoints: { page: `${pageFolder}/main.ts` },
    outdir: 'dist/dashboard',
  }),
]);
copyFileSync(`${root}${pageFolder}/index.html`, `${root}dist/dashboard/index.html`);
writeFileSync(
  `${root}dist/dashboard/page.css`,
  ['node_modules/uplot/dist/uPlot.min.css', `${pageFolder}/page.css`]
    .map((file) => readFileSync(root + file))
    .join('\n'),
);
results.push(...(await buildPrelude()));
removeOldChunks(results.flatMap((result) => Object.keys(result.metafile.outputs)));
writeLicences(results.flatMap((result) => Object.keys(result.metafile.inputs)));
if (!flags.has('--no-types')) declareTypes();
if (!flags.has('--quiet')) process.stdout.write(`built caspian-net ${version}\n`);

/** Their names change with what is in them: those of an earlier build would be published as well. */
function removeOldChunks(outputs) {
  const made = new Set(outputs.map((path) => basename(path)));
  for (const name of readdirSync(`${root}dist/chunks`)) if (!made.has(name)) rmSync(`${root}dist/chunks/${name}`);
}

function declareTypes() {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', `${root}tsconfig.types.json`], { stdio: 'inherit' });
}

/** One file with the licence of every package whose code is in a bundle. */
function writeLicences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const found = /(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (found !== undefined) packages.add(found);
  }
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
    return `${name} ${version} (${license})\n\n${licenceText(`${root}${folder}`)}`;
  });
  writeFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, texts.join(`\n${'-'.repeat(72)}\n\n`));
}

function licenceText(folder) {
  for (const file of ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENCE', 'license']) {
    try {
      return readFileSync(`${folder}/${file}`, 'utf8');
    } catch {
      // Not under this name.
    }
  }
  return '(no licence file in the package)\n';
}
