/** The examples of the NETWORK runtime's own documentation, word for word: what is its host's part runs here. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { heard, nextSystem, openSandbox } from '../helpers/isolates.ts';

let sandbox: V8Sandbox;
let worker: Isolate;
let server: HttpServer;
let printed: string[];

beforeAll(async () => {
  sandbox = openSandbox({ cpuMs: 1_000, memoryMb: 32 });
  server = await startHttp((response, { method, headers, body, url }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ method, type: headers['content-type'] ?? null, body, url }));
  });
});

afterAll(async () => {
  sandbox.shutdown();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  worker = await sandbox.createIsolate();
  printed = [];
});

const logger = Object.fromEntries(
  ['log', 'error', 'warn', 'info'].map((level) => [
    level,
    (...args: unknown[]) => void printed.push(args.map(String).join(' ')),
  ]),
);

const AsyncFunction: new (...args: string[]) => (...args: unknown[]) => Promise<unknown> = Object.getPrototypeOf(
  async () => {},
).constructor;

/** Runs a main isolate's part, with `worker` and more as its globals. */
async function main(source: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const globals = { V8Sandbox, worker, console: logger, ...more };
  return await new AsyncFunction(...Object.keys(globals), source)(...Object.values(globals));
}

/** The addresses of the examples lead to our server. */
const fetchHere = (url: string, init: RequestInit) =>
  fetch(url.replace(/^https:\/\/[^/]+/, server.origin('127.0.0.1')), init);

const until = (text: string) => expect.poll(() => printed.join('\n'), { timeout: 15_000 }).toContain(text);

it('basic worker communication', async () => {
  const own = await main(
    `
// Main isolate
const sandbox = new V8Sandbox();
const worker = await sandbox.createIsolate();

// Listen for messages from worker
worker.on('result', (data) => {
  console.log('Worker result:', data.answer);
});

// Execute worker code to set up its listeners FIRST
worker.execute(\`
  NETWORK.on('compute', ({ x, y }) => {
    const result = x + y;
    NETWORK.send('result', { answer: result });
  });
\`);

// Now send data to worker (after it has registered its listener)
worker.send('compute', { x: 5, y: 3 });
return sandbox;`.replaceAll('const worker', 'worker'),
  );
  await until('Worker result: 8');
  (own as V8Sandbox).shutdown();
});

it('request and response', async () => {
  await main(
    `
// Main isolate
worker.onRequest('getData', async (params) => {
  // Fetch from database or API
  const data = await database.query(params.query);
  return { data };
});`,
    { database: { query: async (query: string) => `rows of ${query}` } },
  );
  const told = heard((tell) => worker.on('told', tell));
  worker.execute(`
// Worker isolate
const response = await NETWORK.request('getData', {
  query: 'SELECT * FROM users'
});
console.log(response.data);
NETWORK.send('told', response.data)`);
  expect(await told).toBe('rows of SELECT * FROM users');
});

const PROXY = `
// Main isolate
worker.onRequest('fetch', async (data) => {
  // Validate URL
  const allowedDomains = ['api.example.com', 'cdn.example.com'];
  const url = new URL(data.url);
  
  if (!allowedDomains.includes(url.hostname)) {
    throw new Error(\`Domain not allowed: \${url.hostname}\`);
  }

  // Forward request
  const response = await fetch(data.url, {
    method: data.method,
    headers: data.headers,
    body: data.body,
  });

  return {
    ok: response.ok,
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
});`;

it('an HTTP proxy with fetch', async () => {
  await main(PROXY, { fetch: fetchHere });
  const users = await worker.evaluate(`
// Worker isolate
const response = await fetch('https://api.example.com/users');
const users = await response.json();
console.log(users);
users`);
  expect(users).toMatchObject({ method: 'GET', url: '/users' });
  const posted = await worker.evaluate(`
const response = await fetch('https://api.example.com/users', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ name: 'Alice' }),
});

console.log(response.ok);     // true
console.log(response.status); // 200

const data = await response.json();
console.log(data);
[response.ok, response.status, data, response.headers['content-type']]`);
  expect(posted).toEqual([
    true,
    200,
    { method: 'POST', type: 'application/json', body: '{"name":"Alice"}', url: '/users' },
    'application/json',
  ]);
  expect(await worker.evaluate(`await fetch('https://evil.example/').catch((e) => e.message)`)).toBe(
    'Domain not allowed: evil.example',
  );
});

it('the WebSocket gateway', async () => {
  const sent: unknown[] = [];
  /** A gateway that says hello and echoes, in the form of `ws`. */
  class Gateway {
    readonly #handlers = new Map<string, (data?: unknown) => void>();
    constructor(url: string) {
      sent.push(url);
      setImmediate(() => this.#handlers.get('open')?.());
    }
    on(event: string, handler: (data?: unknown) => void): void {
      this.#handlers.set(event, handler);
    }
    send(data: unknown): void {
      sent.push(data);
      this.#handlers.get('message')?.(Buffer.from('{"op":10}'));
    }
    close(): void {
      this.#handlers.get('close')?.();
    }
  }
  await main(
    `
const wsConnections = new Map();

worker.on('ws.open', ({ conn_id, url }) => {
  console.log(\`Worker wants to connect to \${url}\`);
  
  // Validate URL
  if (!url.startsWith('wss://gateway.example.com')) {
    worker.send('__ws_event', {
      conn_id,
      event_type: 'error',
      data: { message: 'Invalid gateway URL' }
    });
    return;
  }

  // Connect to real gateway
  const ws = new WebSocket(url);
  wsConnections.set(conn_id, ws);

  ws.on('open', () => {
    worker.send('__ws_event', { conn_id, event_type: 'open' });
  });

  ws.on('message', (data) => {
    worker.send('__ws_event', {
      conn_id,
      event_type: 'message',
      data: data.toString()
    });
  });

  ws.on('close', () => {
    worker.send('__ws_event', {
      conn_id,
      event_type: 'close',
      data: { code: 1000, reason: 'Connection closed' }
    });
    wsConnections.delete(conn_id);
  });
});

worker.on('ws.send', ({ conn_id, data }) => {
  const ws = wsConnections.get(conn_id);
  if (ws) ws.send(data);
});

worker.on('ws.close', ({ conn_id }) => {
  const ws = wsConnections.get(conn_id);
  if (ws) ws.close();
  wsConnections.delete(conn_id);
});`,
    { WebSocket: Gateway },
  );
  const told = heard<unknown[]>((tell) => worker.on('told', tell));
  worker.execute(`
const ws = new WebSocket('wss://gateway.example.com');
const seen = [];

ws.addEventListener('open', () => {
  console.log('Connected!');
  ws.send(JSON.stringify({ op: 2, d: { token: 'xxx' } }));
});

ws.addEventListener('message', (event) => {
  const payload = JSON.parse(event.data);
  console.log('Received:', payload);
  seen.push(payload.op);
  ws.close();
});

ws.addEventListener('close', (event) => {
  NETWORK.send('told', [...seen, event.code, event.reason, ws.readyState]);
});`);
  expect(await told).toEqual([10, 1000, 'Connection closed', 3]);
  expect(sent).toEqual(['wss://gateway.example.com/', '{"op":2,"d":{"token":"xxx"}}']);
  const refused = `await new Promise((r) => new WebSocket('wss://elsewhere.example').addEventListener('error', (e) => r(e.message)))`;
  expect(await worker.evaluate(refused)).toBe('Invalid gateway URL');
});

it('the console by messages', async () => {
  await main(`
// Host - set up console message handler
worker.on('console', ({ level, args }) => {
  console[level]('[Worker]:', ...args);
});`);
  worker.execute(`
// Worker - implement console wrapper
const workerConsole = {
  log: (...args) => NETWORK.send('console', { level: 'log', args }),
  error: (...args) => NETWORK.send('console', { level: 'error', args }),
  warn: (...args) => NETWORK.send('console', { level: 'warn', args }),
  info: (...args) => NETWORK.send('console', { level: 'info', args }),
};

// Use it
workerConsole.log('Hello from worker!');`);
  await until('[Worker]: Hello from worker!');
});

it('limits of CPU time', async () => {
  await main(`
// Main isolate
worker.onSystem('terminated', (data) => {
  console.log('Worker terminated:', data.reason);
  // data.reason === 'cpu_limit_exceeded'
});`);
  worker.execute(`
// Worker isolate (this will be terminated)
let i = 0;
while (true) {
  i++; // Runs until CPU limit is hit
}`);
  await until('Worker terminated: cpu_limit_exceeded');
});

it('limits of memory', async () => {
  const ended = nextSystem(worker, 'terminated');
  await main(`
// Main isolate
worker.execute(\`
  // This will eventually hit the memory limit
  const arrays = [];
  while (true) {
    arrays.push(new Array(1024 * 1024)); // Allocate 1MB arrays
  }
\`);`);
  expect(await ended).toEqual({ reason: 'memory_limit_exceeded' });
});

it('handlers, and the text of an isolate', async () => {
  const destroyed = nextSystem(worker, 'destroyed');
  await main(`
console.log(\`Created \${worker}\`);
worker.onSystem('destroyed', (data) => {
  console.log('Worker was destroyed:', data.reason);
});
const handler = (data) => console.log(data);
worker.on('event', handler);
worker.off('event', handler);
worker.destroy();
console.log(worker.destroyed, worker.toString() === String(worker));`);
  await destroyed;
  expect(printed).toEqual([`Created Isolate #${worker.id}`, 'true true', 'Worker was destroyed: destroyed']);
});

it('every API that is listed is there, and nothing of Node', async () => {
  const listed =
    `setTimeout setInterval clearTimeout clearInterval console crypto.randomUUID crypto.getRandomValues crypto.subtle
    TextEncoder TextDecoder TextEncoderStream TextDecoderStream URL URLSearchParams URLPattern Blob File FileReader ReadableStream
    WritableStream TransformStream CompressionStream DecompressionStream Event EventTarget CustomEvent MessageEvent ErrorEvent CloseEvent
    ProgressEvent PromiseRejectionEvent Promise AbortController AbortSignal MessageChannel MessagePort BroadcastChannel performance.now
    PerformanceMark PerformanceMeasure atob btoa structuredClone queueMicrotask fetch WebSocket NETWORK.send NETWORK.request NETWORK.on
    NETWORK.off`.split(/\s+/);
  const gone =
    `process require module Buffer Deno global setImmediate WebAssembly SharedArrayBuffer Atomics importScripts`.split(
      ' ',
    );
  const kinds = await worker.evaluate(`
    const kind = (path) => { try { return typeof path.split('.').reduce((o, k) => o[k], globalThis) } catch { return 'undefined' } };
    [${JSON.stringify(listed)}.filter((p) => kind(p) === 'undefined'), ${JSON.stringify(gone)}.filter((p) => kind(p) !== 'undefined')]`);
  expect(kinds).toEqual([[], []]);
});
