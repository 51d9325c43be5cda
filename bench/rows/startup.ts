/**
 * Start-up: whole processes from start to end, by the clock of the bench.
 */
import { needsNginx, startNginx } from '../harness/nginx.ts';
import { type Command, whole } from '../harness/processes.ts';
import {
  BUN,
  DENO,
  file,
  LUA,
  NODE,
  needsBuilt,
  needsLua,
  needsPackage,
  needsPerl,
  needsPython,
  OTHER_PYTHON,
  PERL,
  PYTHON,
} from '../harness/programs.ts';
import type { Contestant, Need, Row } from '../harness/row.ts';
import { temporaryFolder } from '../harness/temporary.ts';

const ROUNDS = 15;
const needsCommand = needsBuilt('dist/script.cjs');
const script = (name: string) => file(`contestants/startup/${name}`);

function process_(name: string, needs: readonly Need[], command: Command, home?: string): Contestant {
  const options = home === undefined ? {} : { environment: { HOME: home } };
  return { name, needs, start: async () => whole(command, options) };
}

/** With a home of its own: the compile cache is there from the round that does not count, and gone afterwards. */
function caspian(args: readonly string[], stack: AsyncDisposableStack): Contestant {
  return process_('caspian', [needsCommand], [NODE, file('../bin/caspian.cjs'), ...args], temporaryFolder(stack));
}

const nodeAndWorker = process_('node + one Worker', [], [NODE, script('worker.cjs')]);

function hello(stack: AsyncDisposableStack): readonly Contestant[] {
  const other =
    OTHER_PYTHON === null ? [] : [process_('python3 of the PATH', [], [OTHER_PYTHON, '-c', 'print("hello")'])];
  return [
    caspian([script('hello.casp')], stack),
    nodeAndWorker,
    process_('node -e 0', [], [NODE, '-e', '0']),
    process_('python3', [needsPython], [PYTHON, '-c', 'print("hello")']),
    ...other,
    process_('lua', [needsLua], [LUA, '-e', 'print("hello")']),
    process_('perl', [needsPerl], [PERL, '-e', 'print "hello\n"']),
    process_('deno', [needsPackage('deno')], [DENO, 'run', script('hello.mjs')]),
    process_('bun', [needsPackage('bun')], [BUN, script('hello.mjs')]),
  ];
}

async function oneFetch(stack: AsyncDisposableStack): Promise<readonly Contestant[]> {
  if (!needsNginx.met()) return [process_('all: nginx', [needsNginx], [NODE])];
  const { url, port } = await startNginx(stack);
  const small = `${url}/small`;
  return [
    caspian([`--allow-net=127.0.0.1:${port}`, script('fetch.casp'), small], stack),
    nodeAndWorker,
    process_('node fetch', [], [NODE, script('fetch.mjs'), small]),
    process_('Python http.client', [needsPython], [PYTHON, script('fetch.py'), small]),
    process_('deno fetch', [needsPackage('deno')], [DENO, 'run', '--allow-net', script('fetch.mjs'), small]),
    process_('bun fetch', [needsPackage('bun')], [BUN, script('fetch.mjs'), small]),
  ];
}

export const startup: readonly Row[] = [
  {
    name: 'startup.hello',
    title: 'a script that prints one line',
    unit: 'ms',
    better: 'less',
    rounds: ROUNDS,
    targets: [{ peer: 'node + one Worker', is: '≤', value: 1.2 }],
    contestants: hello,
  },
  {
    name: 'startup.fetch',
    title: 'a script with one fetch; the Worker beside it fetches nothing',
    unit: 'ms',
    better: 'less',
    rounds: ROUNDS,
    targets: [{ peer: 'node + one Worker', is: '≤', value: 1.4 }],
    contestants: oneFetch,
  },
];
