/**
 * Runs code in a thread of its own with a blocking net over a link, as a synchronous interpreter would, and brings back
 * what it returned or raised.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fromRecord } from '../../src/errors/record.ts';
import type { Net } from '../../src/net/net.ts';
import { type ServeOptions, serveNet } from '../../src/net/serve/serve-net.ts';

const guestModule = fileURLToPath(new URL('../../dist/guest.js', import.meta.url));

const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const AsyncFunction = (async () => {}).constructor;
import(workerData.module).then(async ({ connectNet }) => {
  const options = { silenceMs: workerData.silenceMs };
  if (workerData.by !== null) options.by = () => workerData.by;
  const net = connectNet(workerData.guest, options);
  try {
    const value = await new AsyncFunction('net', 'data', workerData.source)(net, workerData.data);
    parentPort.postMessage({ value });
  } catch (thrown) {
    const error = {};
    for (const key of ['type', 'message', 'host', 'port', 'operation', 'retryable', 'hint', 'phase', 'reason',
      'retryAfter', 'systemCode', 'received', 'status']) error[key] = thrown?.[key] ?? null;
    parentPort.postMessage({ error, stack: String(thrown?.stack) });
  }
});
`;

export interface GuestOptions extends ServeOptions {
  readonly data?: unknown;
  readonly silenceMs?: number;
  readonly by?: { readonly role: string; readonly file: string | null; readonly line: number | null };
}

export interface GuestThread {
  readonly worker: Worker;
  /** Resolves with what the code returned, rejects with what it raised. */
  readonly result: Promise<unknown>;
  /** Resolves when the kernel has closed the thread's link. */
  readonly closed: Promise<void>;
}

/** Starts a thread that runs `source`: the body of an async function of `net` and `data`. */
export function startGuest(net: Net | null, source: string, options: GuestOptions = {}): GuestThread {
  const link = serveNet(net, options);
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: {
      module: guestModule,
      guest: link.guest,
      source,
      data: options.data ?? null,
      by: options.by ?? null,
      silenceMs: options.silenceMs ?? 10_000,
    },
    transferList: link.transferList,
  });
  const result = new Promise<unknown>((resolve, reject) => {
    worker.on('message', (message: { value?: unknown; error?: unknown; stack?: string }) => {
      if (message.error === undefined) resolve(message.value);
      else if (hasType(message.error)) reject(fromRecord(message.error));
      else reject(new Error(`not one of our errors: ${message.stack}`));
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('the thread ended without an answer')));
  });
  return { worker, result, closed: link.closed };
}

function hasType(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && typeof error.type === 'string';
}

/** Runs `source` to its end and cleans up. */
export async function inGuest(net: Net | null, source: string, options: GuestOptions = {}): Promise<unknown> {
  const { worker, result, closed } = startGuest(net, source, options);
  try {
    return await result;
  } finally {
    await worker.terminate();
    await closed;
  }
}
