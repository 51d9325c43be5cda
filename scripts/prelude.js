/**
 * Builds what runs inside of an isolate: the prelude, which goes into a snapshot, the tables that are loaded later, and
 * the parser. The packages are named here and nowhere else.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the virtual modules of src/isolate/guest/packages.d.ts hold. */
const MODULES = {
  'caspian:encoding': `
    export { TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream } from '@exodus/bytes/encoding-lite.js';
    export { setMultibyte } from 'caspian:bytes/fallback/encoding.js';
    export { toBase64 } from '@exodus/bytes/base64.js';`,
  'caspian:packages': `
    export {
      ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream,
      ReadableStreamBYOBReader, ReadableStreamBYOBRequest, ReadableStreamDefaultController,
      ReadableStreamDefaultReader, TransformStream, TransformStreamDefaultController, WritableStream,
      WritableStreamDefaultController, WritableStreamDefaultWriter,
    } from 'web-streams-polyfill';
    export { URL, URLSearchParams } from 'whatwg-url';`,
  'caspian:table-cjk': `
    export { createMultibyteDecoder } from 'caspian:bytes/multi-byte.js';
    export { multibyteEncoder } from 'caspian:bytes/fallback/multi-byte.js';`,
  'caspian:table-compression': `export { Deflate, Gzip, Inflate, Zlib } from 'fflate';`,
  'caspian:table-pattern': `export { URLPattern } from 'caspian:urlpattern';`,
  'caspian:table-tr46': `export { toASCII, toUnicode } from 'tr46';`,
};

/** Files of packages that their own `exports` do not name. */
const FILES = [
  [/^caspian:bytes\/(.*)$/, 'node_modules/@exodus/bytes/'],
  [/^caspian:(urlpattern)$/, 'node_modules/urlpattern-polyfill/dist/', '.js'],
];

/** `small`: without the tables, which tr46.ts and encoding.ts then ask for. */
function packages({ small }) {
  return {
    name: 'packages',
    setup({ onResolve, onLoad }) {
      for (const [filter, folder, end = ''] of FILES) {
        onResolve({ filter }, ({ path }) => ({ path: `${root}${folder}${filter.exec(path)[1]}${end}` }));
      }
      onResolve({ filter: /^caspian:(encoding|packages|table-\w+)$/ }, ({ path }) => ({ path, namespace: 'caspian' }));
      onLoad({ filter: /.*/, namespace: 'caspian' }, ({ path }) => ({ contents: MODULES[path], resolveDir: root }));
      if (!small) return;
      // It asks for some of its own members by texts: these are names too.
      onLoad({ filter: /web-streams-polyfill\/dist\/ponyfill\.mjs$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(/(["'])_[a-z]\w*\1/g, '/* @__KEY__ */ $&'),
      }));
      // What an operation gives stands there for readers: the last text of each row.
      onLoad({ filter: /src\/wire\/operations\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(/'[^'\n]*'(,?\s*\],\n)/g, "''$1"),
        loader: 'ts',
      }));
      // A guest shares no memory with the kernel.
      onResolve({ filter: /^\.\/(body|socket)-stream\.ts$|\/wire\/ring\.ts$/ }, () => ({
        path: `${root}src/isolate/guest/no-link.ts`,
      }));
      onResolve({ filter: /^tr46$/ }, () => ({ path: `${root}src/isolate/guest/tr46.ts` }));
      // whatwg-url asks for the tables of all encodings; a URL has UTF-8 alone.
      onResolve({ filter: /^@exodus\/bytes\/encoding\.js$/ }, () => ({
        path: `${root}node_modules/@exodus/bytes/encoding-lite.js`,
      }));
    },
  };
}

/** What packages keep to themselves: nobody outside asks for it by name, and so the names are made short. */
const INTERNAL = /^_[a-z]/;

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'iife',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'node24',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

function table(name) {
  return build({
    ...common,
    stdin: { contents: `export * from 'caspian:table-${name}'`, resolveDir: root },
    outfile: `dist/isolate-${name}.js`,
    globalName: 'table',
    banner: { js: '(() => {' },
    footer: { js: 'return table; })()' },
    plugins: [packages({ small: false })],
  });
}

/** Builds all of them into dist/; gives the results, for the licences of what is in them. */
export function buildPrelude() {
  return Promise.all([
    build({
      ...common,
      entryPoints: { 'isolate-prelude': 'src/isolate/guest/main.ts' },
      outdir: 'dist',
      sourcemap: 'external',
      mangleProps: INTERNAL,
      plugins: [packages({ small: true })],
    }),
    build({ ...common, entryPoints: { 'isolate-parser': 'src/isolate/guest/parser.ts' }, outdir: 'dist' }),
    table('cjk'),
    table('compression'),
    table('pattern'),
    table('tr46'),
  ]);
}
