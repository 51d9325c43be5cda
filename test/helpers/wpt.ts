/**
 * Runs files of the web-platform-tests in guests: each in an isolate of its own, by the suite's own harness. The files
 * are not in this repository: test/isolate/wpt/fetch.ts brings them from Debian's source of Node.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorReport } from '../../src/isolate/host/reports.ts';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { WPT_FOLDER } from '../isolate/wpt/fetch.ts';
import { heard } from './isolates.ts';

/** What one of a file's tests has come to. */
export interface WptResult {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

interface Done {
  readonly harness: string | null;
  readonly tests: readonly WptResult[];
}

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** What the suite keeps elsewhere: the parser of Web IDL, and the interfaces as the standards have them today. */
const ELSEWHERE: readonly (readonly [pattern: RegExp, place: (name: string) => string])[] = [
  [/^resources\/WebIDLParser\.js$/, () => join(packages, 'webidl2/dist/webidl2.js')],
  [
    /^interfaces\/([\w-]+\.idl)$/,
    (name) => join(packages, '@webref/idl', name === 'WebCryptoAPI.idl' ? 'webcrypto.idl' : name),
  ],
];

/** A file of the suite's, by its path in there. */
export function readWpt(path: string): string {
  const [pattern, place] = ELSEWHERE.find(([each]) => each.test(path)) ?? [];
  const full = place === undefined ? normalize(join(WPT_FOLDER, path)) : place(pattern?.exec(path)?.[1] ?? '');
  if (place === undefined && !full.startsWith(WPT_FOLDER)) throw new TypeError(`${path} is outside of the suite`);
  if (!existsSync(full) || !statSync(full).isFile()) throw new TypeError(`there is no file ${path}`);
  return readFileSync(full, 'utf8');
}

/** Where the tests run, as the harness asks for it: neither a window nor a worker. */
const SCOPE = `
globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
globalThis.location = { search: '', href: 'about:blank', pathname: '/', origin: '' };
`;

/** Behind the harness. idlharness.js looks for a scope that it knows, and for what that scope exposes. */
const READY = `
setup({ explicit_timeout: true, explicit_done: true });
self.Window = function Window() {};
self.fetch = async (path) => new Response(await NETWORK.request('file', String(path)));
add_completion_callback((tests, { status, message }) => NETWORK.send('done', {
  harness: status === 0 ? null : String(message),
  tests: tests.map(({ name, status, message }) => ({ name, passed: status === 0, message: message ?? '' })),
}));
`;

/** In the global scope, where the suite's scripts find each other. */
const inGlobal = (text: string): string => `(0, eval)(${JSON.stringify(text)})`;

/** The tests of a file, in order; with one more that failed if its harness did not come to its end. */
export async function runWpt(sandbox: V8Sandbox, path: string, source = readWpt(path)): Promise<readonly WptResult[]> {
  const guest = await sandbox.createIsolate();
  const locate = (named: string): string => (named.startsWith('/') ? named.slice(1) : join(dirname(path), named));
  const scripts = [...source.matchAll(/^\/\/ META: script=(.+)$/gm)].map(([, named = '']) => locate(named.trim()));
  guest.onRequest('file', (named: unknown) => readWpt(locate(String(named))));
  try {
    const { harness, tests } = await heard<Done>((tell) => {
      const broken = (harness: string): void => tell({ harness, tests: [] });
      guest.on('done', tell);
      guest.onSystem('terminated', ({ reason }) => broken(reason));
      guest.onSystem('error', ({ kind, error }: ErrorReport) => {
        if (!source.includes('allow_uncaught_exception')) broken(`${kind}: ${error.message}`);
      });
      guest.execute(inGlobal(SCOPE));
      guest.execute(inGlobal(readWpt('resources/testharness.js')));
      guest.execute(inGlobal(READY));
      guest.execute(inGlobal([...scripts.map(readWpt), source].join('\n')));
      // Else it would be done with the first test that is.
      guest.execute(inGlobal('done()'));
    });
    return harness === null ? tests : [...tests, { name: '(the harness)', passed: false, message: harness }];
  } finally {
    guest.destroy();
  }
}
