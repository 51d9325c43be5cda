/**
 * HTTP against an nginx of our own: keep-alive, one request after another or many at once, every body read whole and its
 * length checked. Ours runs with its policy on: grants, vetting, time-outs, redirects.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LARGE_BYTES, needsNginx, SMALL_BYTES, startNginx } from '../harness/nginx.ts';
import { type Command, staying, whole } from '../harness/processes.ts';
import {
  BUN,
  CURL,
  DENO,
  file,
  LUA,
  NODE,
  needsCurl,
  needsPackage,
  needsProgram,
  needsRuby,
  PYTHON,
  RUBY,
} from '../harness/programs.ts';
import type { Contestant, Need, Row, Target } from '../harness/row.ts';
import { temporaryFolder } from '../harness/temporary.ts';

const needsRequests = needsProgram(PYTHON, ['-c', 'import requests'], 'python3-requests');
const needsLuaSocket = needsProgram(LUA, ['-e', 'require("socket")'], 'lua5.4 lua-socket');

/** Every client but curl, which is no process that stays. */
const CLIENTS: readonly { name: string; run: Command; needs: readonly Need[] }[] = [
  { name: 'caspian-net', run: [NODE, 'caspian.ts'], needs: [] },
  { name: 'undici.request', run: [NODE, 'undici-request.mjs'], needs: [needsPackage('undici')] },
  { name: 'undici dispatch', run: [NODE, 'undici-dispatch.mjs'], needs: [needsPackage('undici')] },
  { name: 'node fetch', run: [NODE, 'fetch.mjs'], needs: [] },
  { name: 'synckit + undici', run: [NODE, 'synckit.mjs'], needs: ['synckit', 'undici'].map(needsPackage) },
  { name: 'Python requests', run: [PYTHON, 'requests_session.py'], needs: [needsRequests] },
  { name: 'Python http.client', run: [PYTHON, 'http_client.py'], needs: [needsRequests] },
  { name: 'LuaSocket', run: [LUA, 'luasocket.lua'], needs: [needsLuaSocket] },
  { name: 'Ruby Net::HTTP', run: [RUBY, 'net_http.rb'], needs: [needsRuby] },
  { name: 'Deno fetch', run: [DENO, 'run', '--allow-net', 'fetch.mjs'], needs: [needsPackage('deno')] },
  { name: 'Bun fetch', run: [BUN, 'fetch.mjs'], needs: [needsPackage('bun')] },
];

/** Long, since whoever has stood still for the rounds of all others needs some 100 ms until it is as fast as it was. */
const ROUND_MS = 1_000;
/** In turns, beside the one that each has at its start: until all are compiled as far as they will be. */
const WARM_ROUNDS = 2;

function gets(name: string, title: string, bytes: number, curlCount: number, targets: readonly Target[]): Row {
  return {
    name: `http.${name}`,
    title,
    unit: 'req/s',
    better: 'more',
    rounds: 7,
    warmRounds: WARM_ROUNDS,
    targets,
    contestants: async (stack) => {
      if (!needsNginx.met()) return [{ name: 'all: nginx', needs: [needsNginx], start: unstartable }];
      const { url } = await startNginx(stack);
      const clients = CLIENTS.map(({ name, run: [program, ...args], needs }): Contestant => {
        const script = file(`contestants/http/${args.at(-1)}`);
        const command: Command = [program, ...args.slice(0, -1), script, `${url}/${fileOf(bytes)}`, String(bytes)];
        return { name, needs, start: () => staying(command, { countsCpu: true, ms: ROUND_MS }) };
      });
      return [...clients, curl(`${url}/${fileOf(bytes)}`, curlCount, temporaryFolder(stack))];
    },
  };
}

const fileOf = (bytes: number): string => (bytes === SMALL_BYTES ? 'small' : 'large');

/** One process that gets the URL many times over one connection; its start is in the figure. */
function curl(url: string, count: number, folder: string): Contestant {
  const list = join(folder, 'urls');
  writeFileSync(list, `url = "${url}"\noutput = "/dev/null"\n`.repeat(count));
  return {
    name: 'curl, one process',
    needs: [needsCurl],
    start: async () => whole([CURL, '-s', '-K', list], { figure: (ms) => (count * 1000) / ms }),
  };
}

const many: Row = {
  name: 'http.many',
  title: 'lists of 1,000 GETs of 200 bytes, 50 of them at once',
  unit: 'req/s',
  better: 'more',
  rounds: 7,
  warmRounds: WARM_ROUNDS,
  targets: [{ peer: 'undici.request', is: '≥', value: 0.9 }],
  contestants: async (stack) => {
    if (!needsNginx.met()) return [{ name: 'all: nginx', needs: [needsNginx], start: unstartable }];
    const { url } = await startNginx(stack);
    const start = (by: string) => () => {
      const command: Command = [NODE, file(`contestants/http/${by}`), `${url}/small`, String(SMALL_BYTES), 'list'];
      return staying(command, { countsCpu: true, ms: ROUND_MS });
    };
    return [
      { name: 'caspian-net', start: start('caspian.ts') },
      { name: 'undici.request', needs: [needsPackage('undici')], start: start('undici-list.mjs') },
    ];
  },
};

function unstartable(): never {
  throw new Error('it is not here');
}

export const http: readonly Row[] = [
  gets('small', 'GET of 200 bytes', SMALL_BYTES, 3_000, [
    { peer: 'undici.request', is: '≥', value: 1.2 },
    { peer: 'Python requests', is: '≥', value: 3 },
    { peer: 'synckit + undici', is: '≥', value: 2 },
  ]),
  gets('large', 'GET of 1 MiB', LARGE_BYTES, 600, [{ peer: 'undici.request', is: '≥', value: 1.5 }]),
  many,
];
