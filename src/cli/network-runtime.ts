/**
 * `network-runtime script.js [threads] [cpu_ms] [memory_mb]`: runs a main script, which has all of Node and the globals
 * `V8Sandbox` and `WebSocket`. Trusted side: the main script is the host's own.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SandboxOptions } from '../isolate/host/options.ts';
import { V8Sandbox } from '../isolate/host/sandbox.ts';

const USAGE = `network-runtime script.js [threads] [cpu_ms] [memory_mb] [arguments]

Runs a main script with all of Node and the globals V8Sandbox and WebSocket.
  threads     child processes that isolates are spread over; default 4
  cpu_ms      CPU time of each isolate in milliseconds; default 10000, 0: no limit
  memory_mb   memory of each isolate in megabytes; default 128, 0: no limit`;

interface Arguments {
  readonly script: string;
  readonly options: SandboxOptions;
}

/** Reads the command line. Gives text to print instead, with the exit code, where nothing is to be run. */
export function readRuntimeArguments(
  argv: readonly string[],
): Arguments | { readonly say: string; readonly code: 0 | 2 } {
  const [script, threads = '4', cpuMs = '10000', memoryMb = '128'] = argv;
  if (script === '--help' || script === '-h') return { say: USAGE, code: 0 };
  if (script === undefined || script.startsWith('-')) return { say: USAGE, code: 2 };
  const numbers = [
    ['threads', threads, 1, 256],
    ['cpu_ms', cpuMs, 0, 2_147_483_647],
    ['memory_mb', memoryMb, 0, 65_536],
  ] as const;
  for (const [name, text, least, most] of numbers) {
    if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) continue;
    return { say: `network-runtime: ${name} must be a whole number from ${least} to ${most}`, code: 2 };
  }
  if (!existsSync(script)) return { say: `network-runtime: ${script}: there is no such file`, code: 2 };
  if (!statSync(script).isFile()) return { say: `network-runtime: ${script}: this is no file`, code: 2 };
  const cpu = Number(cpuMs) === 0 ? null : Number(cpuMs);
  return { script: resolve(script), options: { threads: Number(threads), cpuMs: cpu, memoryMb: Number(memoryMb) } };
}

/** Runs the command; the process ends when nothing is left to be done, as Node's do. */
export async function runtime(argv: readonly string[]): Promise<void> {
  const read = readRuntimeArguments(argv);
  if ('say' in read) {
    (read.code === 0 ? process.stdout : process.stderr).write(`${read.say}\n`);
    process.exitCode = read.code;
    return;
  }
  const { script, options } = read;
  process.argv = [process.execPath, script, ...argv.slice(1)];
  Object.assign(globalThis, { V8Sandbox: sandboxWith(options), WebSocket: socketWithOn() });
  await import(pathToFileURL(script).href);
}

/** The class that a main script finds: what the command line said is its default. */
function sandboxWith(defaults: SandboxOptions): typeof V8Sandbox {
  const Configured = class extends V8Sandbox {
    constructor(options: SandboxOptions = {}) {
      super({ ...defaults, ...options });
    }
  };
  Object.defineProperty(Configured, 'name', { value: 'V8Sandbox' });
  return Configured;
}

/** Node's WebSocket with `.on('open' | 'message' | 'close' | 'error', handler)` beside it, as the seed's gateway uses it. */
function socketWithOn(): typeof WebSocket {
  const WithOn = class extends WebSocket {
    on(event: string, handler: (...args: unknown[]) => void): this {
      this.addEventListener(event, (told) => {
        if (told instanceof MessageEvent) handler(typeof told.data === 'string' ? told.data : Buffer.from(told.data));
        else if (told instanceof CloseEvent) handler(told.code, told.reason);
        else if (event === 'error') handler(Reflect.get(told, 'error') ?? new Error('the connection failed'));
        else handler();
      });
      this.binaryType = 'arraybuffer';
      return this;
    }
  };
  Object.defineProperty(WithOn, 'name', { value: 'WebSocket' });
  return WithOn;
}
