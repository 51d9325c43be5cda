/** Runs a host of examples/embed/ with files of a test's and the servers that its examples talk to. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '../../examples/api.ts';
import { startUpper } from '../../examples/servers/sockets.ts';
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
  const upper = await startUpper(0);
  const folder = mkdtempSync(join(tmpdir(), 'caspian-embed-'));
  const fillIn = (text: string): string =>
    text
      .replaceAll('ECHO_HOST', '127.0.0.1')
      .replaceAll('ECHO_PORT', String(upper.port))
      .replaceAll('ECHO', `127.0.0.1:${upper.port}`)
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
      await api.close();
      await upper[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
