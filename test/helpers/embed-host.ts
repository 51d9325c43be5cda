/** Runs a host of examples/embed/ with files of a test's and the servers that its examples talk to. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '../../examples/api.ts';
import { root } from './cli.ts';

export interface HostRun {
  readonly stdout: string;
  readonly stderr: string;
}

export interface HostServers extends AsyncDisposable {
  /** A text with the servers' addresses in place of `API`, `ECHO`, `ECHO_HOST` and `ECHO_PORT`. */
  fillIn(text: string): string;
  /** Runs `lua.ts`, `quickjs.ts` or `toy.ts`, with a grant for both servers. */
  run(host: string, files: Readonly<Record<string, string>>): Promise<HostRun>;
}

export async function startHostServers(): Promise<HostServers> {
  const api = await startApi(0);
  const echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => socket.write(data.toString('latin1').replaceAll(/[a-z]/g, upper), 'latin1'));
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const folder = mkdtempSync(join(tmpdir(), 'caspian-embed-'));
  const fillIn = (text: string): string =>
    text
      .replaceAll('ECHO_HOST', '127.0.0.1')
      .replaceAll('ECHO_PORT', String(port))
      .replaceAll('ECHO', `127.0.0.1:${port}`)
      .replaceAll('API', api.host);
  return {
    fillIn,
    run: (host, files) => {
      const where = mkdtempSync(join(folder, 'run-'));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(where, name), fillIn(text));
      const args = [join(root, 'examples/embed', host), fillIn('API,ECHO'), where];
      return new Promise((resolve) => {
        execFile(process.execPath, args, { timeout: 30_000 }, (_error, stdout, stderr) => resolve({ stdout, stderr }));
      });
    },
    [Symbol.asyncDispose]: async () => {
      api.close();
      echo.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const upper = (letter: string): string => letter.toUpperCase();
