/**
 * An nginx of our own on a free loopback port, with one worker and no log, that serves two files.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NGINX, needsProgram } from './programs.ts';
import { adopt, temporaryFolder } from './temporary.ts';

export const needsNginx = needsProgram(NGINX, ['-v'], 'nginx-light');

export const SMALL_BYTES = 200;
export const LARGE_BYTES = 1_048_576;

/** How long nginx may take until it answers. */
const START_MS = 5_000;

/** Starts it; it ends with `stack`. The URL ends in no slash; `/small` and `/large` are there. `worker`: the process that answers. */
export async function startNginx(stack: AsyncDisposableStack): Promise<{ url: string; port: number; worker: number }> {
  const folder = temporaryFolder(stack);
  const port = await freePort();
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'small'), 'x'.repeat(SMALL_BYTES));
  writeFileSync(join(folder, 'files', 'large'), Buffer.alloc(LARGE_BYTES, 'caspian '));
  writeFileSync(join(folder, 'nginx.conf'), configuration(port));
  const child = spawn(NGINX, ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'ignore' });
  adopt(child, 'SIGTERM');
  const ended = once(child, 'exit');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await listening(port);
  return { url: `http://127.0.0.1:${port}`, port, worker: childOf(child.pid) };
}

/** 0 where the system does not tell. */
function childOf(pid: number | undefined): number {
  const children = `/proc/${pid}/task/${pid}/children`;
  return existsSync(children) ? Number(readFileSync(children, 'utf8').trim()) : 0;
}

function configuration(port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // As root, nginx would drop to a user that can't read our folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user} worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_timeout 600s; keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; root files; default_type text/plain; }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listening(port: number): Promise<void> {
  for (const until = performance.now() + START_MS; performance.now() < until; await setTimeout(20)) {
    const socket = connect(port, '127.0.0.1');
    const opened = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (opened) return;
  }
  throw new Error(`nginx does not listen after ${START_MS / 1000} s`);
}
