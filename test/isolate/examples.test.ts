/** Every example of examples/isolates runs as its own `// run:` line says, and prints what its `//=>` lines say. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../../examples/api.ts';
import { root } from '../helpers/cli.ts';
import { echo, type SocketServer, startSockets } from '../helpers/web-socket-server.ts';

let api: Api;
let sockets: SocketServer;

beforeAll(async () => {
  api = await startApi(0);
  sockets = await startSockets(echo);
});

afterAll(async () => {
  api.close();
  await sockets[Symbol.asyncDispose]();
});

const files = readdirSync(`${root}examples/isolates`).filter((file) => /\.(js|ts)$/.test(file));

function run(command: string): Promise<{ readonly printed: string; readonly code: number | null }> {
  const [name = '', ...args] = command.split(' ');
  const child = spawn(process.execPath, [`${root}bin/${name}.cjs`, ...args], { cwd: root, timeout: 18_000 });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (printed += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ printed, code }));
  });
}

it.each(files)('%s', async (file) => {
  const source = readFileSync(`${root}examples/isolates/${file}`, 'utf8');
  const command = /^\/\/ run: (.*)$/m.exec(source)?.[1];
  if (command === undefined) throw new Error(`${file} does not say how it is run`);
  const promised = [...source.matchAll(/^\/\/=> (.*)$/gm)].map(([, line]) => `${line}\n`).join('');
  const filled = command.replaceAll('API', api.host).replaceAll('SOCKETS', `ws://127.0.0.1:${sockets.port}/`);
  expect(await run(filled)).toEqual({ printed: promised, code: 0 });
});
