/**
 * TCP sockets against a server of our own, a Python program with a thread for each connection: small answers one after
 * another, bulk both ways, and reads of what is here already.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Command, staying } from '../harness/processes.ts';
import { file, LUA, NODE, needsProgram, needsPython, PYTHON } from '../harness/programs.ts';
import type { Contestant, Need, Row, Target } from '../harness/row.ts';
import { adopt } from '../harness/temporary.ts';

const needsLuaSocket = needsProgram(LUA, ['-e', 'require("socket")'], 'lua5.4 lua-socket');

type Server = 'echo' | 'source' | 'sink';

interface Peer {
  readonly name: string;
  /** Program and file. */
  readonly run: Command;
  /** What it calls what is measured; default: the row's name. */
  readonly what?: string;
  readonly needs?: readonly Need[];
}

const OURS: Peer = { name: 'caspian-net', run: [NODE, 'caspian.ts'] };
const PY: Peer = { name: 'Python', run: [PYTHON, 'python.py'] };
const LUASOCKET: Peer = { name: 'LuaSocket', run: [LUA, 'luasocket.lua'], needs: [needsLuaSocket] };

interface Measure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly server: Server;
  readonly peers: readonly Peer[];
  readonly targets: readonly Target[];
}

function row({ name, server, peers, ...about }: Measure): Row {
  return {
    name: `sockets.${name}`,
    rounds: 7,
    ...about,
    contestants: async (stack) => {
      if (!needsPython.met()) return [{ name: 'all: the server', needs: [needsPython], start: unstartable }];
      const ports = await startServer(stack);
      return [OURS, ...peers].map(
        ({ name: peer, run: [program, script = ''], what = name, needs = [] }): Contestant => {
          const command: Command = [program, file(`contestants/sockets/${script}`), what, String(ports[server])];
          return { name: peer, needs, start: () => staying(command, { ms: 400 }) };
        },
      );
    },
  };
}

/** Starts the server, which ends with `stack`. Its ports, by what is there. */
async function startServer(stack: AsyncDisposableStack): Promise<Readonly<Record<Server, number>>> {
  const child = spawn(PYTHON, [file('contestants/sockets/server.py')], { stdio: ['ignore', 'pipe', 'inherit'] });
  adopt(child);
  stack.defer(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('the server has ended');
}

function unstartable(): never {
  throw new Error('it is not here');
}

export const sockets: readonly Row[] = [
  row({
    name: 'ping-pong',
    title: '64 bytes there and back, one after another',
    unit: 'round trips/s',
    better: 'more',
    server: 'echo',
    peers: [
      PY,
      { name: 'node:net, awaited', run: [NODE, 'node.mjs'] },
      { name: 'node:net, called back', run: [NODE, 'node.mjs'], what: 'ping-pong-callbacks' },
      LUASOCKET,
    ],
    targets: [
      { peer: 'Python', is: '≥', value: 1.3 },
      { peer: 'node:net, awaited', is: '≥', value: 1.4 },
    ],
  }),
  row({
    name: 'receive',
    title: 'bulk, in pieces of up to 64 KiB',
    unit: 'MB/s',
    better: 'more',
    server: 'source',
    peers: [
      { name: "node:net 'data'", run: [NODE, 'node.mjs'] },
      { name: 'node:net onread', run: [NODE, 'node.mjs'], what: 'receive-onread' },
      PY,
      LUASOCKET,
    ],
    targets: [{ peer: "node:net 'data'", is: '≥', value: 1 }],
  }),
  row({
    name: 'send',
    title: 'bulk, in pieces of 64 KiB',
    unit: 'MB/s',
    better: 'more',
    server: 'sink',
    peers: [{ name: 'node:net write', run: [NODE, 'node.mjs'] }, PY, LUASOCKET],
    targets: [{ peer: 'node:net write', is: '≥', value: 0.95 }],
  }),
  row({
    name: 'recv-64',
    title: 'a read of 64 bytes that are here already',
    unit: 'ns',
    better: 'less',
    server: 'source',
    peers: [PY],
    targets: [{ peer: null, is: '≤', value: 150 }],
  }),
  row({
    name: 'line',
    title: 'a line of 64 bytes that is here already',
    unit: 'ns',
    better: 'less',
    server: 'source',
    peers: [{ ...PY, name: 'Python makefile().readline' }],
    targets: [
      { peer: null, is: '≤', value: 150 },
      { peer: 'Python makefile().readline', is: '≤', value: 1 },
    ],
  }),
];
