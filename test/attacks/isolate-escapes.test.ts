/**
 * Ways out of an isolate that have worked elsewhere. Each snippet looks for something of the process around it, and must
 * come to nothing: it gives what it found, as text.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { nextMessage, openSandbox } from '../helpers/isolates.ts';

/** What is looked for, in any realm. */
const LOOK = `const look = (f) => {
  try {
    const g = f();
    if (g === undefined || g === null) return 'nothing';
    for (const name of ['process', 'require', 'module', 'Buffer', 'setImmediate', 'global', 'WebAssembly', 'Atomics'])
      if (Reflect.get(Object(g), name) !== undefined) return 'FOUND ' + name;
    return 'nothing';
  } catch (error) {
    return 'nothing';
  }
};
const realm = (value) => {
  // A function of another realm makes functions that see that realm's globals.
  try {
    return value.constructor.constructor('return globalThis')();
  } catch {
    return undefined;
  }
};
`;

const ESCAPES: readonly (readonly [name: string, source: string])[] = [
  ['the function constructor', `look(() => (() => {}).constructor('return globalThis')())`],
  ['the constructor of this', `look(() => this.constructor.constructor('return globalThis')())`],
  ['the async function constructor', `look(() => realm(async () => {}))`],
  ['the generator constructor', `look(() => realm(function* () {}))`],
  ['the async generator constructor', `look(() => realm(async function* () {}))`],
  ['indirect eval', `look(() => (0, eval)('globalThis'))`],
  ['the functions of NETWORK', `look(() => realm(NETWORK.send))`],
  ['the functions of the console', `look(() => realm(console.log))`],
  ['what fetch throws', `let r; try { await fetch('http://x/') } catch (e) { r = look(() => realm(e)) } r`],
  [
    'what a host handler throws',
    `let r; try { await NETWORK.request('throws') } catch (e) { r = look(() => realm(e)) } r`,
  ],
  [
    'what the host answers',
    `const a = await NETWORK.request('object'); look(() => realm(a)) + look(() => realm(a.list))`,
  ],
  ['a promise of the glue', `look(() => realm(NETWORK.request('object')))`],
  ['an error of the engine', `let r; try { null.x } catch (e) { r = look(() => realm(e)) } r`],
  [
    'a stack overflow in the glue',
    `const f = () => { try { f() } catch (e) { NETWORK.send('x', 1); throw e } }; let r; try { f() } catch (e) { r = look(() => realm(e)) } r`,
  ],
  [
    'prepareStackTrace',
    `Error.prepareStackTrace = (e, frames) => frames; const frames = new Error('x').stack; delete Error.prepareStackTrace;
    frames.map((f) => look(() => f.getThis()) + look(() => f.getFunction())).every((t) => t === 'nothingnothing') ? 'nothing' : 'FOUND frame'`,
  ],
  [
    'prepareStackTrace in the glue',
    `let seen = 'nothing'; Error.prepareStackTrace = (e, frames) => { for (const f of frames) { const t = look(() => f.getFunction()); if (t !== 'nothing') seen = t } return '' };
    try { NETWORK.send('x', () => {}) } catch (e) { e.stack } delete Error.prepareStackTrace; seen`,
  ],
  [
    'a getter on Object.prototype called apply',
    `let got; Object.defineProperty(Object.prototype, 'apply', { configurable: true, get() { got = this; return undefined } });
    NETWORK.send('x', 1); delete Object.prototype.apply; typeof got === 'undefined' || look(() => realm(got))`,
  ],
  [
    'options put on Object.prototype',
    `Object.prototype.reference = true; Object.prototype.promise = true; Object.prototype.copy = true; Object.prototype.timeout = 1;
    const a = await NETWORK.request('object'); for (const k of ['reference', 'promise', 'copy', 'timeout']) delete Object.prototype[k]; look(() => realm(a))`,
  ],
  [
    'Function.prototype.call and apply replaced',
    `let got; const { apply, call } = Function.prototype; Function.prototype.apply = Function.prototype.call = function (...a) { got = this; return undefined };
    try { NETWORK.send('x', 1); crypto.getRandomValues(new Uint8Array(2)) } catch {} Function.prototype.apply = apply; Function.prototype.call = call; look(() => realm(got ?? (() => {})))`,
  ],
  [
    'Reflect.apply replaced',
    `let got; const { apply } = Reflect; Reflect.apply = (f, t, a) => { if (t !== undefined && typeof t === 'object') got = t; return apply(f, t, a) };
    NETWORK.send('x', 1); setTimeout(() => {}, 0); Reflect.apply = apply; got === undefined ? 'nothing' : look(() => realm(got))`,
  ],
  [
    'Array.prototype setters',
    `let got; for (const i of [0, 1, 2]) Object.defineProperty(Array.prototype, i, { configurable: true, set(v) { got = v } });
    try { NETWORK.send('x', 1) } catch {} for (const i of [0, 1, 2]) delete Array.prototype[i]; look(() => realm(got ?? {}))`,
  ],
  [
    'Promise.prototype.then replaced',
    `let got; const { then } = Promise.prototype; Promise.prototype.then = function (...a) { got ??= this; return then.apply(this, a) };
    await NETWORK.request('object'); Promise.prototype.then = then; look(() => realm(got ?? {}))`,
  ],
  [
    'a species of promises',
    `let got; Object.defineProperty(Promise, Symbol.species, { configurable: true, get() { got = this; return Promise } });
    await NETWORK.request('object').then((x) => x); look(() => realm(got ?? {}))`,
  ],
  ['a thenable for the host', `await NETWORK.request('echo', { then: 1 }); look(() => realm(await_ => 0))`],
  ['import()', `const m = await import('node:fs').catch(() => null); m === null ? 'nothing' : 'FOUND module'`],
  [
    'import() of the engine',
    `const m = await import('isolated-vm').catch(() => null); m === null ? 'nothing' : 'FOUND module'`,
  ],
  [
    'the start function',
    `typeof __caspian_start === 'undefined' && typeof __caspian_with_value === 'undefined' ? 'nothing' : 'FOUND glue'`,
  ],
  [
    'shared memory by other names',
    `look(() => ({ Atomics: globalThis.Atomics, WebAssembly: globalThis.WebAssembly })) + ' ' + typeof SharedArrayBuffer`,
  ],
  ['callee and caller', `function f() { try { return f.caller } catch { return null } } look(() => realm(f() ?? {}))`],
  [
    'a proxy as an argument',
    `let seen = 'nothing'; const p = new Proxy({}, { get(t, k, r) { try { const t2 = look(() => realm(r)); if (t2 !== 'nothing') seen = t2 } catch {} return undefined } });
    try { NETWORK.send('x', p) } catch {} seen`,
  ],
  [
    'a getter in data',
    `let seen = 'nothing'; NETWORK.send('x', { get a() { seen = look(() => realm(this)); return 1 } }); seen`,
  ],
  [
    'the snapshot’s leftovers',
    `Reflect.ownKeys(globalThis).filter((k) => /caspian|ivm|bridge/i.test(String(k))).join() || 'nothing'`,
  ],
];

const FINE = ['nothing', 'nothingnothing', true, 'nothing undefined'];

describe.each(['shared', 'strict'] as const)('%s', (mode) => {
  let sandbox: V8Sandbox;
  beforeAll(() => {
    sandbox = openSandbox({ strict: mode === 'strict', cpuMs: 5_000 });
  });
  afterAll(() => sandbox.shutdown());

  async function guest(): Promise<Isolate> {
    const made = await sandbox.createIsolate();
    made.onSystem('error', () => {});
    return made
      .onRequest('object', () => ({ a: 1, list: [1] }))
      .onRequest('echo', (data) => data)
      .onRequest('throws', () => {
        throw new Error('from the host');
      });
  }

  it('a source that ends the function around it sees nothing of the glue', async () => {
    const one = await guest();
    const found = nextMessage(one, 'found');
    one.execute(`}); NETWORK.send('found', typeof bridge + typeof handle + typeof enter); (async () => {`);
    expect(await found).toBe('undefinedundefinedundefined');
    one.destroy();
  });

  it.each(ESCAPES)('%s', async (_name, source) => {
    const one = await guest();
    const found = await one.evaluate(`${LOOK}${source}`);
    expect(FINE).toContain(found);
    const after = await one.evaluate(`[typeof process, typeof require, typeof Buffer].join()`);
    expect(after).toBe('undefined,undefined,undefined');
    one.destroy();
  });
});
