/** HTTP servers and a client that are not Node's: nginx and Python (Debian: nginx-light, python3), and curl. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './temp.ts';

/** Debian keeps nginx where an ordinary user's path does not lead. */
const PATH = `${process.env['PATH']}:/usr/sbin`;
const env = { PATH };

/** Whether they are all installed. Where tests must be complete they have to be. */
const missing = [
  ['nginx', '-v'],
  ['python3', '--version'],
  ['curl', '--version'],
].filter(([program = '', flag = '']) => spawnSync(program, [flag], { env }).status !== 0);
export const hasPeers = missing.length === 0;
if (!hasPeers && process.env['CI'] === 'true') throw new Error(`missing: ${missing.join(', ')}`);

export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** Where it keeps what it serves. */
  readonly folder: string;
}

const PATIENCE_MS = 10_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** False if it has ended before it listened: somebody else had the port. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(20)) {
    if (child.exitCode !== null) return false;
    const socket = connect(port, '127.0.0.1');
    const opened = await once(socket, 'connect').catch(() => null);
    socket.destroy();
    if (opened !== null) return true;
  }
  return false;
}

type Begin = (folder: string, port: number) => ChildProcess;

async function start(files: Readonly<Record<string, string | Uint8Array>>, begin: Begin): Promise<Peer> {
  const temporary = tempFolder();
  const folder = temporary.file('files');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const child = begin(temporary.path, port);
    const ended = once(child, 'exit');
    if (await listens(child, port)) {
      return {
        port,
        folder,
        [Symbol.asyncDispose]: async () => {
          child.kill('SIGTERM');
          await ended;
          temporary[Symbol.dispose]();
        },
      };
    }
    child.kill('SIGKILL');
  }
  throw new Error('the server does not start');
}

const certificate = fileURLToPath(new URL('certs/good.pem', import.meta.url));

/** nginx with these files, or as a server of HTTP/2 with TLS. `/upload` takes what is put there; `/old` moves to `/new`. */
export function startNginx(
  files: Readonly<Record<string, string | Uint8Array>>,
  { tls = false }: { readonly tls?: boolean } = {},
): Promise<Peer> {
  return start(files, (folder, port) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    // As root, nginx would drop to a user that can't read our folder.
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const secure = tls ? `ssl_certificate ${certificate}; ssl_certificate_key ${certificate};` : '';
    writeFileSync(
      join(folder, 'nginx.conf'),
      `${user} worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 256; }
http {
  access_log off; gzip on; gzip_types text/plain; gzip_min_length 100; client_max_body_size 1m;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port} ${tls ? 'ssl http2' : ''}; ${secure} root files; default_type text/plain;
    location = /old { return 301 /new; }
    location = /upload { return 200 "$request_method $content_length\\n"; }
    location = /twice { add_header X-Twice one; add_header X-Twice two; return 200 "x"; }
  }
}
`,
    );
    return spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore', env });
  });
}

/** Python's own server, which speaks HTTP/1.0 and closes after each answer. */
export function startPython(files: Readonly<Record<string, string | Uint8Array>>): Promise<Peer> {
  return start(files, (folder, port) => {
    const args = ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', join(folder, 'files')];
    return spawn('python3', args, { stdio: 'ignore', env });
  });
}

/** What curl makes of a URL: the status, the version, and the bytes as they came. */
export async function curl(url: string, ...args: readonly string[]) {
  const head = '%{stderr}%{http_code} %{http_version} %{num_redirects}';
  const child = spawn('curl', ['-sS', '--path-as-is', '-w', head, '-o', '-', ...args, url], { env });
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on('data', (piece: Buffer) => out?.push(piece));
  child.stderr.on('data', (piece: Buffer) => err?.push(piece));
  await once(child, 'close');
  const [status, version, redirects] = Buffer.concat(err ?? [])
    .toString()
    .split(' ');
  return { status: Number(status), version, redirects: Number(redirects), body: Buffer.concat(out ?? []) };
}
