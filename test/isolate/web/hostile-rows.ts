/** Input that means harm, or breaks: getters that throw, what was moved away, prototypes that were changed before. */
import type { Row, Rows } from './rows.ts';

const THROWS = `new Proxy({}, { get() { throw new RangeError('no') } })`;

/** The code between, while Object.prototype has one more member. */
const polluted = (name: string, value: string, js: string): string =>
  `Object.prototype.${name} = ${value}; try { ${js} } finally { delete Object.prototype.${name} }`;

const OPTIONS: readonly Row[] = [
  `new Request('http://a.test/', ${THROWS})`,
  `new Response('x', ${THROWS})`,
  `new Blob([], ${THROWS})`,
  `new File([], 'n', ${THROWS})`,
  `new Event('x', ${THROWS})`,
  `new CustomEvent('x', ${THROWS})`,
  `new MessageEvent('x', ${THROWS})`,
  `new TextDecoder('utf-8', ${THROWS})`,
  `new TextDecoder().decode(new Uint8Array(1), ${THROWS})`,
  `structuredClone(1, ${THROWS})`,
  `performance.mark('x', ${THROWS})`,
  `performance.measure('x', ${THROWS})`,
  `new EventTarget().addEventListener('a', () => {}, ${THROWS})`,
  `new ReadableStream(${THROWS})`,
  `new TransformStream(${THROWS})`,
  `Response.json(1, ${THROWS})`,
  `new DOMException('m', ${THROWS})`,
  `new Headers(${THROWS})`,
  `new URLSearchParams(${THROWS})`,
  `new FormData().append(${THROWS}, 'x')`,
  `AbortSignal.any(${THROWS})`,
  `new BroadcastChannel(${THROWS})`,
  `await crypto.subtle.digest(${THROWS}, new Uint8Array(1))`,
  `await crypto.subtle.importKey('raw', new Uint8Array(16), ${THROWS}, true, ['encrypt'])`,
];

const MOVED: readonly Row[] = [
  `const u = new Uint8Array(4); u.buffer.transfer(); return new Blob([u]).size`,
  `const u = new Uint8Array(4); u.buffer.transfer(); return await new TextDecoder().decode(u)`,
  `const u = new Uint8Array(4); u.buffer.transfer(); return new TextEncoder().encodeInto('x', u)`,
  `const u = new Uint8Array(4); u.buffer.transfer(); return crypto.getRandomValues(u).length`,
  `const u = new Uint8Array(4); u.buffer.transfer(); return await crypto.subtle.digest('SHA-1', u)`,
  `const b = new ArrayBuffer(4); const p = crypto.subtle.digest('SHA-1', b); b.transfer(); return await p`,
  `const u = new Uint8Array([65]); const r = new Response(u); u.buffer.transfer(); return await r.text()`,
  `const b = new ArrayBuffer(8, { maxByteLength: 16 }); const u = new Uint8Array(b, 4); b.resize(2); return new Blob([u]).size`,
  `const { port1 } = new MessageChannel(); const u = new Uint8Array(2); u.buffer.transfer(); port1.postMessage(u)`,
  `const { port1, port2 } = new MessageChannel(); structuredClone(port1, { transfer: [port1] }); structuredClone(port1, { transfer: [port1] })`,
];

const CLASSES: readonly Row[] = [
  `class B extends Blob { static get [Symbol.species]() { throw new RangeError('no') } } return new B(['x']).slice(0).size`,
  `class U extends Uint8Array { static get [Symbol.species]() { return Array } } return await new Blob([new U([65])]).text()`,
  `class U extends Uint8Array { get length() { return 99 } } return new Blob([new U([65])]).size`,
  `class U extends Uint8Array { get byteLength() { return 99 } } return await new Response(new U([65])).text()`,
  `class R extends Response {} return new R('x').clone() instanceof R`,
  `class H extends Headers { append() { throw new RangeError('no') } } return [...new H({ a: '1' })]`,
  {
    js: `class E extends Event { get type() { return 'other' } } const t = new EventTarget(), s = []; t.addEventListener('x', () => s.push('x')); t.addEventListener('other', () => s.push('other')); t.dispatchEvent(new E('x')); return s`,
    gives: `["x"]`,
  },
  `class E extends DOMException {} const e = new E('m', 'AbortError'); return [e.name, e.message, e instanceof E, e instanceof Error]`,
  `class S extends AbortController {} return new S().signal.aborted`,
  `new Proxy(new Headers(), {}).get('a')`,
  `Object.setPrototypeOf({}, Headers.prototype).get('a')`,
  `Object.create(new Response('x')).status`,
  { js: `Object.create(new Event('x')).type`, gives: `throws TypeError` },
  `Reflect.construct(Event, ['x'], class {}) instanceof Event`,
  `Reflect.construct(Headers, [], Object) instanceof Headers`,
  `new (Headers.bind(null, { a: '1' }))().get('a')`,
  `new Blob({ *[Symbol.iterator]() { yield 'a'; throw new RangeError('no') } })`,
  `new Event({ toString() { throw new RangeError('no') } })`,
  `new Headers().append('a', { toString() { throw new RangeError('no') } })`,
  `new AbortController().abort.call(new AbortController().signal)`,
  `Object.getOwnPropertyDescriptor(Request.prototype, 'url').get.call(new Response())`,
  `Object.getOwnPropertyDescriptor(Event.prototype, 'target').get.call(null)`,
  `new Headers.prototype.get()`,
  `new fetch()`,
  `new setTimeout()`,
  `new structuredClone()`,
  `new crypto.getRandomValues()`,
];

const PROTOTYPES: readonly Row[] = [
  polluted('method', `'PUT'`, `return new Request('http://a.test/', {}).method`),
  { js: polluted('method', `'PUT'`, `return new Request('http://a.test/').method`), gives: `"GET"` },
  polluted('status', '500', `return new Response('x').status`),
  polluted('cancelable', 'true', `return new Event('x').cancelable`),
  polluted('type', `'a/b'`, `return new Blob(['x']).type`),
  polluted('fatal', 'true', `return new TextDecoder().fatal`),
  polluted('a', `'1'`, `return [...new Headers({})]`),
  { js: polluted('body', `'x'`, `return new Request('http://a.test/').body`), gives: 'null' },
  polluted('transfer', '[]', `return structuredClone({ x: 1 }).x`),
  polluted('toJSON', `() => 'stolen'`, `return await Response.json({ a: 1 }).text()`),
  polluted('then', `(done) => done('stolen')`, `return await new Response('x').text()`),
  polluted(
    'capture',
    'true',
    `const t = new EventTarget(), f = () => {}; t.addEventListener('x', f); t.removeEventListener('x', f); return 'removed'`,
  ),
  {
    js: polluted('signal', 'AbortSignal.abort()', `return new Request('http://a.test/').signal.aborted`),
    gives: 'false',
  },
];

export const HOSTILE_ROWS: Rows = {
  'options that throw': OPTIONS,
  'bytes that were moved away': MOVED,
  'classes, proxies and receivers': CLASSES,
  'prototypes that were changed': PROTOTYPES,
};
