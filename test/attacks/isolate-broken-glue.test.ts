/**
 * A guest that breaks what the code around it is made of, so that this says nonsense in its name: to the host, to the
 * process, to the network. It ends that guest at most; the host, the process and the guests beside it go on.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../src/net/net.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { openSandbox } from '../helpers/isolates.ts';
import { echo, type SocketServer, startSockets } from '../helpers/web-socket-server.ts';

const sandbox = openSandbox({ cpuMs: 2_000 });
let server: HttpServer;
let sockets: SocketServer;
let net: Net;
let neighbour: Isolate;

beforeAll(async () => {
  server = await startHttp();
  sockets = await startSockets(echo);
  net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
  neighbour = await sandbox.createIsolate();
});

afterAll(async () => {
  sandbox.shutdown();
  await net.close();
  await server[Symbol.asyncDispose]();
  await sockets[Symbol.asyncDispose]();
});

/** All ways out of a guest, one after the other. */
const USE = `
const quietly = (act) => { try { const r = act(); if (r instanceof Promise) r.catch(() => {}) } catch {} };
for (const act of [
  () => NETWORK.send('x', { a: [1, 'b', 2n, new Uint8Array(3), new Map([[1, 2]]), new Error('e')] }),
  () => NETWORK.request('r', 1),
  () => fetch(origin, { headers: { a: 'b' }, auth: { basic: ['a', 'b'] } }),
  () => net.fetch(origin),
  () => net.tcp('127.0.0.1', 1),
  () => net.narrow(['127.0.0.1']),
  () => crypto.getRandomValues(new Uint8Array(4)),
  () => crypto.subtle.digest('SHA-256', new Uint8Array(3)),
  () => console.log('x', {}),
  () => new WebSocket(socketOrigin),
  () => new EventSource(origin),
  () => setTimeout(() => {}, 1),
  () => structuredClone(new Map([[1, [2]]])),
]) quietly(act);`;

const TYPED = 'Object.getPrototypeOf(Uint8Array.prototype)';

const BREAKS: readonly (readonly [name: string, source: string])[] = [
  ['bytes are not copied', `${TYPED}.set = () => {}`],
  [
    'other bytes are copied',
    `const s = ${TYPED}.set; ${TYPED}.set = function (a, b) { s.call(this, a.map(() => 255), b) }`,
  ],
  ['pieces of bytes are whole', `${TYPED}.subarray = function () { return this }`],
  ['copies of bytes are others', `${TYPED}.slice = () => new Uint8Array([255, 255, 255, 255, 1])`],
  ['copies of bytes are none', `${TYPED}.slice = () => ({ buffer: {} })`],
  ['bytes are of another buffer', `Object.defineProperty(${TYPED}, 'buffer', { get: () => new ArrayBuffer(7) })`],
  ['bytes have no length', `Object.defineProperty(${TYPED}, 'length', { get: () => 0 })`],
  ['bytes are very long', `Object.defineProperty(${TYPED}, 'length', { get: () => 4294967295 })`],
  ['lengths are not written', 'DataView.prototype.setUint32 = function () {}'],
  ['integers are not written', 'DataView.prototype.setInt32 = function () {}'],
  ['lengths are read wrong', 'DataView.prototype.getUint32 = () => 4294967295'],
  ['characters are wide', 'String.prototype.charCodeAt = () => 300'],
  ['texts are a byte long', 'TextEncoder.prototype.encode = () => new Uint8Array(1)'],
  ['operations have other numbers', 'Map.prototype.get = () => 9999'],
  ['nothing is known', 'Map.prototype.get = () => undefined'],
  ['sizes are wrong', `Object.defineProperty(Map.prototype, 'size', { get: () => 4294967295 })`],
  ['keys are others', `Object.keys = () => ['__proto__', 'zzz']`],
  ['entries have no text', `Object.fromEntries = () => ({ toString: 1, accept: { toString: 1 }, handle: -1 })`],
  ['lists are none', 'Array.isArray = () => false'],
  ['all are lists', 'Array.isArray = () => true'],
  ['all are plain', 'Object.getPrototypeOf = () => Object.prototype'],
  [
    'all are instances of all',
    'for (const C of [Date, RegExp, Map, Set, ArrayBuffer, Uint8Array, Error]) Object.defineProperty(C, Symbol.hasInstance, { value: () => true })',
  ],
  ['all are Maps by their text', `Object.prototype.toString = () => '[object Map]'`],
  ['URLs are objects', `Object.defineProperty(URL.prototype, 'href', { get: () => ({ toString: 1 }) })`],
  ['methods are objects', 'String.prototype.toUpperCase = () => ({ toString: 1 })'],
  ['headers are objects', `Headers.prototype[Symbol.iterator] = function* () { yield ['a', { toString: 1 }] }`],
  ['lists do not grow', 'Array.prototype.push = () => 0'],
  ['lists lose what is in them', 'Array.prototype.map = () => [{ toString: 1 }]'],
  ['promises are none', 'Promise.withResolvers = () => ({ promise: { then: 1 }, resolve: null, reject: null })'],
  ['properties are others', 'Reflect.get = () => ({ toString: 1 })'],
  ['nothing is random', 'Math.random = () => ({ toString: () => ({}) })'],
  ['memory of its own is made', 'globalThis.Uint8Array = globalThis.DataView = globalThis.ArrayBuffer = class {}'],
];

describe('a guest in whose world', () => {
  it.each(BREAKS)('%s', async (_name, source) => {
    const guest = await sandbox.createIsolate({ net, console: 'events' });
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    guest
      .onSystem('error', () => {})
      .onSystem('console', () => {})
      .onSystem('terminated', ({ reason }) => resolve(reason))
      .onRequest('r', () => ({ a: 1 }));
    const origins = `const origin = '${server.origin('127.0.0.1')}/', socketOrigin = 'ws://127.0.0.1:${sockets.port}/';`;
    const said = guest.evaluate(`${origins} ${source}; ${USE} 0`, { timeout: 0.5 }).then(
      () => 'said',
      () => 'said',
    );
    expect(['said', 'protocol_violation', 'cpu_limit_exceeded']).toContain(await Promise.race([ended, said]));
    guest.destroy();
    expect(await neighbour.evaluate('1')).toBe(1);
  });
});

const SOCKET = `Math.random = () => 0.5;
const ws = new WebSocket(url);
await new Promise((resolve) => { ws.onopen = resolve });
const conn_id = 'ws-1-' + (0.5).toString(36).slice(2);`;

describe('a guest that speaks for its WebSocket by hand', () => {
  it.each([
    ['with an id that has no text', `NETWORK.send('ws.send', { conn_id: { toString: 1, valueOf: 1 }, data: 1 })`],
    ['with data that has no text', `NETWORK.send('ws.send', { conn_id, data: { toString: 1 } })`],
    [
      'with a text that is longer in UTF-8 than all that crosses',
      `NETWORK.send('ws.send', { conn_id, data: 'é'.repeat(8388608) })`,
    ],
    ['with a reason that is', `NETWORK.send('ws.close', { conn_id, code: 1000, reason: 'é'.repeat(8388608) })`],
    ['with a code that is none', `NETWORK.send('ws.close', { conn_id, code: Number.NaN, reason: '' })`],
    ['with a code of another world', `NETWORK.send('ws.close', { conn_id, code: 5n, reason: {} })`],
  ])('%s', async (_name, source) => {
    const guest = await sandbox.createIsolate({ net });
    await guest.evaluate(`const url = 'ws://127.0.0.1:${sockets.port}/'; ${SOCKET} ${source}; 0`);
    // Behind it in the same line: the host has worked on it.
    await guest.evaluate('1').catch(() => {});
    guest.destroy();
    await expect.poll(() => sockets.open).toBe(0);
    expect(await neighbour.evaluate('1')).toBe(1);
  });
});
