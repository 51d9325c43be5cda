/**
 * Snippets that loop, grow, flood and lie, as a table: what each is, and what may end the guest that runs it.
 */

export const CPU = 'cpu_limit_exceeded';
export const MEMORY = 'memory_limit_exceeded';
/** It goes on: it has done nothing that ends it. */
export const LIVES = 'lives';

export type End = typeof CPU | typeof MEMORY | typeof LIVES;
export type Row = readonly [name: string, source: string, ...ends: End[]];

/** What the engine can't be stopped in the middle of: the process is ended, and its other guests are lost. */
export const UNSTOPPABLE: readonly string[] = [
  'includes on a huge length',
  'indexOf on a proxy',
  'fill of a huge length',
  'a huge array',
];

const LOOPS: readonly Row[] = [
  ['an empty loop', 'for (;;);', CPU],
  ['a loop in a catch', 'for (;;) { try { for (;;); } catch {} }', CPU],
  ['a loop in a finally', 'try { for (;;); } finally { for (;;); }', CPU],
  ['microtasks without end', 'Promise.resolve().then(function f() { return Promise.resolve().then(f) })', CPU, MEMORY],
  ['awaits without end', 'for (;;) await null', CPU, MEMORY],
  ['queueMicrotask without end', '(function f() { queueMicrotask(f) })()', CPU, MEMORY],
  ['timers without end', '(function f() { for (let i = 0; i < 1e6; i++); setTimeout(f, 0) })()', CPU],
  ['intervals that work', 'setInterval(() => { for (let i = 0; i < 1e7; i++); }, 0)', CPU],
  ['a getter that loops', 'NETWORK.send("x", { get a() { for (;;); } })', CPU],
  ['a proxy that loops', 'NETWORK.send("x", new Proxy({}, { ownKeys() { for (;;); } }))', CPU],
  ['a toString that loops', 'NETWORK.send({ toString() { for (;;); } })', LIVES],
  ['a toJSON that loops', 'JSON.stringify({ toJSON() { for (;;); } })', CPU],
  ['a thenable that loops', 'await { then() { for (;;); } }', CPU],
  [
    'an iterator without end',
    'new Set({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) })',
    CPU,
  ],
  ['a generator without end', 'const g = (function* () { for (;;) yield 1 })(); for (const _ of g);', CPU],
  ['a handler that loops', 'NETWORK.on("go", () => { for (;;); })', CPU],
  [
    'a sort that lies',
    'const a = Array.from({ length: 1e5 }, Math.random); for (;;) a.sort(() => Math.random() - 0.5)',
    CPU,
  ],
  ['includes on a huge length', 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)', CPU],
  [
    'indexOf on a proxy',
    'Array.prototype.indexOf.call(new Proxy({ length: 2 ** 53 - 1 }, { has: () => false }), 1)',
    CPU,
  ],
  ['fill of a huge length', 'Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1)', CPU, MEMORY],
  ['a regex that backtracks', '/^(a+)+$/.test("a".repeat(40) + "b"); for (;;);', CPU],
  ['a regex with a back reference', '/^(a+)+\\1$/.test("a".repeat(50) + "b"); for (;;);', CPU],
  ['a regex over much text', 'const t = "a".repeat(1e6); for (;;) t.replace(/(a|aa)+b/g, "")', CPU],
  ['a BigInt power', 'let n = 3n; for (;;) n = n * n', CPU, MEMORY, LIVES],
  ['BigInt to text', 'for (let n = 7n ** 200000n; ; ) String(n)', CPU],
  [
    'JSON of much',
    'const o = Array.from({ length: 1e5 }, () => ({ a: 1 })); for (;;) JSON.parse(JSON.stringify(o))',
    CPU,
  ],
  ['a Date in a loop', 'for (;;) new Date().toString()', CPU],
  ['eval in a loop', 'for (let i = 0; ; i++) eval("var x" + i + " = 1")', CPU, MEMORY],
  ['an async stack that grows', '(async function f() { await f() })()', LIVES, CPU, MEMORY],
  ['a URL in a loop', 'for (;;) new URL("http://a/" + "../".repeat(1e4))', CPU],
  ['crypto in a loop', 'for (;;) await crypto.subtle.digest("SHA-256", new Uint8Array(1e6))', LIVES, CPU, MEMORY],
  ['random in a loop', 'for (;;) crypto.getRandomValues(new Uint8Array(65536))', CPU],
];

const GROWTH: readonly Row[] = [
  ['arrays', 'const a = []; for (;;) a.push(new Array(1e5).fill(1))', MEMORY],
  ['one array', 'const a = []; for (;;) a.push(1.5)', MEMORY, LIVES],
  ['text that doubles', 'let s = "x"; for (;;) s += s', LIVES, MEMORY],
  ['text that is kept', 'const k = []; for (let i = 0; ; i++) k.push(("" + i).repeat(1e4).split(""))', MEMORY],
  ['a Map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })', MEMORY, LIVES],
  ['a Set', 'const s = new Set(); for (let i = 0; ; i++) s.add("k" + i)', MEMORY, LIVES],
  [
    'a WeakMap with its keys',
    'const w = new WeakMap(), k = []; for (;;) { const o = {}; k.push(o); w.set(o, [1, 2, 3]) }',
    MEMORY,
  ],
  ['objects with many keys', 'const o = {}; for (let i = 0; ; i++) o["key" + i] = { i }', MEMORY, CPU],
  ['buffers', 'const k = []; for (;;) k.push(new ArrayBuffer(1e6))', MEMORY, LIVES],
  ['buffers that are written', 'const k = []; for (;;) k.push(new Uint8Array(1e6).fill(1))', MEMORY, LIVES],
  ['a huge buffer', 'new ArrayBuffer(2 ** 40)', LIVES, MEMORY],
  [
    'a buffer that grows',
    'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 33 }); for (;;) b.resize(b.byteLength * 2)',
    LIVES,
    MEMORY,
  ],
  ['a huge array', 'new Array(2 ** 32 - 1).fill(0)', MEMORY, LIVES],
  ['padStart', '"a".padStart(2 ** 29)', LIVES, MEMORY],
  ['repeat', 'const k = []; for (;;) k.push("ab".repeat(2 ** 20).toUpperCase())', MEMORY, LIVES],
  ['closures', 'let f = () => 0; for (;;) { const g = f; f = () => g }', MEMORY],
  ['promises', 'const k = []; for (;;) k.push(new Promise(() => {}))', MEMORY, LIVES],
  ['symbols', 'const k = []; for (;;) k.push(Symbol("s" + k.length))', MEMORY, LIVES],
  ['registered symbols', 'for (let i = 0; ; i++) Symbol.for("s" + i + "x".repeat(100))', MEMORY, CPU],
  ['functions', 'const k = []; for (;;) k.push(new Function("a", "return a" + k.length))', MEMORY, CPU],
  ['errors with stacks', 'const k = []; for (;;) k.push(new Error("x".repeat(100)))', MEMORY, CPU],
  [
    'a regex of much text',
    'const k = []; for (;;) k.push(new RegExp("a{1,50}".repeat(1e3))) && k.at(-1).test("a")',
    MEMORY,
    LIVES,
    CPU,
  ],
  ['timers', 'for (;;) setTimeout(() => {}, 1e6)', MEMORY, CPU],
  [
    'streams',
    'const k = []; for (;;) k.push(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1e5)) } }))',
    MEMORY,
    CPU,
  ],
  ['blobs', 'const k = []; for (;;) k.push(new Blob(["x".repeat(1e5)]))', MEMORY, LIVES, CPU],
];

const FLOODS: readonly Row[] = [
  ['listeners', 'for (;;) NETWORK.on("x", () => {})', MEMORY, CPU],
  ['messages', 'for (;;) NETWORK.send("x", 1)', CPU],
  ['large messages', 'const b = new Uint8Array(1e6); for (;;) NETWORK.send("x", b)', CPU, LIVES],
  ['messages of many parts', 'const m = Array.from({ length: 6e4 }, () => []); for (;;) NETWORK.send("x", m)', CPU],
  ['a message of too many parts', 'NETWORK.send("x", Array.from({ length: 1e5 }, () => []))', LIVES],
  ['requests that nobody answers', 'for (;;) NETWORK.request("none").catch(() => {})', CPU, MEMORY],
  ['requests that hang', 'for (let i = 0; i < 20000; i++) NETWORK.request("hang").catch(() => {})', LIVES, CPU, MEMORY],
  ['errors', 'setInterval(() => { throw new Error("x".repeat(1e4)) }, 0)', LIVES, CPU],
  ['rejections', 'for (let i = 0; i < 1e5; i++) Promise.reject(new Error(String(i)))', LIVES, CPU, MEMORY],
  ['console', 'for (;;) console.log("x".repeat(1e4))', CPU],
  ['a message too large', 'NETWORK.send("x", new Uint8Array(2 ** 25))', LIVES, MEMORY],
  ['a message too deep', 'let d = []; for (let i = 0; i < 1e5; i++) d = [d]; NETWORK.send("x", d)', LIVES],
  ['fetches', 'for (let i = 0; i < 1e4; i++) fetch("http://x/").catch(() => {})', LIVES, CPU, MEMORY],
  ['sockets', 'for (let i = 0; i < 1e4; i++) new WebSocket("ws://x/")', LIVES, CPU, MEMORY],
  [
    'broadcasts',
    'const c = new BroadcastChannel("c"), d = new BroadcastChannel("c"); d.onmessage = () => c.postMessage(1); c.postMessage(1)',
    LIVES,
    CPU,
  ],
  [
    'ports',
    'const { port1, port2 } = new MessageChannel(); port2.onmessage = () => port1.postMessage(1); port1.postMessage(1)',
    LIVES,
    CPU,
  ],
];

const LIES: readonly Row[] = [
  ['a stack overflow', '(function f() { f() })()', LIVES],
  ['a stack overflow in a getter', 'const o = { get a() { return this.a } }; NETWORK.send("x", o)', LIVES],
  [
    'a polluted Object.prototype',
    'Object.prototype.toString = () => { throw 1 }; Object.prototype.get = 1; Object.prototype.value = 1',
    LIVES,
  ],
  ['a polluted Array.prototype', 'Array.prototype.push = Array.prototype[Symbol.iterator] = () => { throw 1 }', LIVES],
  ['a polluted Map.prototype', 'Map.prototype.get = Map.prototype.set = () => { throw 1 }', LIVES],
  ['a polluted Promise.prototype', 'Promise.prototype.then = () => { throw 1 }', LIVES],
  [
    'globals that are gone',
    'for (const k of Reflect.ownKeys(globalThis)) try { delete globalThis[k] } catch {}',
    LIVES,
  ],
  [
    'a frozen world',
    'for (const k of Reflect.ownKeys(globalThis)) try { Object.freeze(globalThis[k]); Object.freeze(globalThis[k].prototype) } catch {}',
    LIVES,
  ],
  [
    'an error that lies',
    'const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw e } }); throw e',
    LIVES,
  ],
  [
    'an error whose stack loops',
    'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e',
    CPU,
  ],
  ['prepareStackTrace that loops', 'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")', CPU, LIVES],
  ['a promise that rejects with itself', 'let r; const p = new Promise((_, j) => { r = j }); r(p); await 0', LIVES],
  ['a thrown proxy', 'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })', LIVES],
  [
    'an array whose length lies',
    'NETWORK.send("x", new Proxy([], { get: (t, k) => (k === "length" ? 2 ** 32 : 1) }))',
    LIVES,
  ],
  [
    'FinalizationRegistry',
    'const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1e5; i++) r.register({}, 1)',
    LIVES,
    CPU,
    MEMORY,
  ],
];

export const GROUPS: { readonly [group: string]: readonly Row[] } = {
  loops: LOOPS,
  growth: GROWTH,
  floods: FLOODS,
  lies: LIES,
};
