/**
 * Every example runs as its own `# run:` line says, against real servers, and prints what its `#=>` lines say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { caspian, root } from './helpers/cli.ts';

let api: Api;
let echo: Server;

beforeAll(async () => {
  api = await startApi(0);
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(data.toString('latin1').toUpperCase(), 'latin1'));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  api.close();
  echo.close();
});

const scripts = readdirSync(`${root}examples`).filter((file) => file.endsWith('.casp') && file !== 'quickstart.casp');

/** What stands for the servers in a `# run:` line. */
function fillIn(command: string): string {
  const address = echo.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  return command
    .replaceAll('ECHO_HOST', '127.0.0.1')
    .replaceAll('ECHO_PORT', String(port))
    .replaceAll('ECHO', `127.0.0.1:${port}`)
    .replaceAll('API', api.host);
}

it.each(scripts)('%s', async (script) => {
  const source = readFileSync(`${root}examples/${script}`, 'utf8');
  const command = /^# run: caspian (.*)$/m.exec(source)?.[1];
  if (command === undefined) throw new Error(`${script} does not say how it is run`);
  const expected = [...source.matchAll(/^#=> (.*)$/gm)].map(([, line]) => `${line}\n`).join('');
  expect(expected).not.toBe('');
  const ran = await caspian(fillIn(command).split(' '));
  expect(ran).toEqual({ stdout: expected, stderr: '', code: 0, signal: null });
});

it('quickstart.casp: the tour', async () => {
  const ran = await caspian([
    `--allow-net=${api.host}`,
    '--lib=examples/lib',
    'examples/quickstart.casp',
    `http://${api.host}`,
  ]);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toContain('Baku has 2344000 people');
  expect(ran.stdout).toContain('%net in the library is null');
  expect(ran.stdout).toContain('Baku: 24 degrees, clear');
  expect(ran.stdout).toContain('puck.uno/error/network/host_not_allowed');
  expect(ran.stdout).toContain('hint: run again with --allow-net=example.com:443');
  expect(ran.code).toBe(0);
});
