/** A Redis or Valkey server (Debian: redis-server) of the tests' own: a free port of loopback, a folder of its own, nothing kept. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type RedisPlace, readRedisUrl } from '../../src/egress/state/redis/place.ts';

const PROGRAM = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Whether it is installed. Where tests must be complete it has to be. */
export const hasRedis = PROGRAM !== undefined;
/** Behind the name of what needs one: why it is skipped. */
export const WITHOUT_REDIS = hasRedis ? '' : ' (skipped: redis-server is not installed)';
if (!hasRedis && process.env['CI'] === 'true') throw new Error('redis-server is missing: install redis-server');

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Ends it at once, and with it all that it holds. */
  stop(): Promise<void>;
  /** On the same port again. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
}

/** One server for all tests of a file, if it is installed; each call gives a place of its own on it. */
export function redisPlaces(): () => RedisPlace {
  let server: RedisServer | null = null;
  let places = 0;
  if (hasRedis) {
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server?.[Symbol.asyncDispose]());
  }
  return () => {
    places += 1;
    const place = readRedisUrl(`${server?.url}?prefix=place${places}`);
    if (place === null) throw new Error('the server has no URL');
    return place;
  };
}

export function startRedis(...options: readonly string[]): Promise<RedisServer> {
  return start('redis', (port) => ['--port', String(port), ...options]);
}

/** It speaks TLS alone, with the certificate in this file, and wants none of its clients unless the options say so. */
export function startTlsRedis(pem: string, ...options: readonly string[]): Promise<RedisServer> {
  const tls = ['--tls-cert-file', pem, '--tls-key-file', pem, '--tls-auth-clients', 'no'];
  return start('rediss', (port) => ['--port', '0', '--tls-port', String(port), ...tls, ...options]);
}

async function start(scheme: string, optionsFor: (port: number) => readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const serve = () => launch(folder, optionsFor(port));
    let child = await serve();
    if (child === null) continue;
    const stop = async (): Promise<void> => {
      if (child === null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      child = null;
      await ended;
    };
    return {
      port,
      url: `${scheme}://127.0.0.1:${port}`,
      stop,
      start: async () => {
        child = await serve();
        if (child === null) throw new Error('redis-server does not start again');
      },
      pause: () => child?.kill('SIGSTOP'),
      resume: () => child?.kill('SIGCONT'),
      [Symbol.asyncDispose]: async () => {
        await stop();
        rmSync(folder, { recursive: true });
      },
    };
  }
  throw new Error('redis-server does not start');
}

/** Null if it ends before it serves. */
async function launch(folder: string, options: readonly string[]): Promise<ChildProcess | null> {
  const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(PROGRAM ?? '', [...settings, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ready = await new Promise<boolean>((resolve) => {
    child.once('exit', () => resolve(false));
    let said = '';
    child.stdout.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
      if (/Ready to accept connections/.test(said)) resolve(true);
    });
  });
  return ready ? child : null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
