/**
 * The web's APIs in a guest, against what their standards say: each row is an expression and what it must come to. What
 * is known to differ stands in spec/isolates.md.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Isolate } from '../../src/isolate/host/isolate.ts';
import { openSandbox } from '../helpers/isolates.ts';

type Row = readonly [expression: string, value: unknown];

/** The error's name, of what throws or rejects. */
const fails = (expression: string): string =>
  `await (async () => ${expression})().then(() => 'no error', (e) => e.name)`;

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'URL (URL Standard)': [
    [`new URL('../x?y#z', 'http://a/b/c/d').href`, 'http://a/b/x?y#z'],
    [`new URL('http://EXAMPLE.com:80/%7Efoo/../a').href`, 'http://example.com/a'],
    [`new URL('http://bücher.example/').host`, 'xn--bcher-kva.example'],
    [`new URL('http://0x7f.1/').hostname`, '127.0.0.1'],
    [`new URL('http://[::1]:8080/').port`, '8080'],
    [`URL.canParse('nope')`, false],
    [`URL.parse('nope')`, null],
    [fails(`new URL('//')`), 'TypeError'],
    [`[...new URLSearchParams('a=1&b=2&a=3')].join()`, 'a,1,b,2,a,3'],
    [`const u = new URL('http://a/'); u.searchParams.append('é', '&'); u.search`, '?%C3%A9=%26'],
    [`new URLSearchParams({ b: '2', a: '1' }).toString()`, 'b=2&a=1'],
    [`new URLPattern('/books/:id', 'http://a').exec('http://a/books/7').pathname.groups.id`, '7'],
    [`new URLPattern({ hostname: '*.a.test' }).test('http://x.a.test/')`, true],
  ],
  'TextEncoder, TextDecoder (Encoding Standard)': [
    [`[...new TextEncoder().encode('é\\u{1f600}\\ud800')].join()`, '195,169,240,159,152,128,239,191,189'],
    [
      `const b = new Uint8Array(3); const r = new TextEncoder().encodeInto('aé€', b); [r.read, r.written].join()`,
      '2,3',
    ],
    [`new TextDecoder().decode(new Uint8Array([239, 187, 191, 97]))`, 'a'],
    [fails(`new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))`), 'TypeError'],
    [fails(`new TextDecoder('nope')`), 'RangeError'],
    [
      `const d = new TextDecoder(); d.decode(new Uint8Array([195]), { stream: true }) + d.decode(new Uint8Array([169]))`,
      'é',
    ],
    [
      `['latin1', 'utf-16le', 'shift_jis', 'gb18030', 'euc-kr', 'big5'].map((l) => new TextDecoder(l).encoding).join()`,
      'windows-1252,utf-16le,shift_jis,gb18030,euc-kr,big5',
    ],
    [`new TextDecoder('euc-kr').decode(new Uint8Array([0xb0, 0xa1]))`, '가'],
    [
      `await new Response(new Blob(['é']).stream().pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream())).text()`,
      'é',
    ],
    [`atob('aGk=') + atob(' aG k ')`, 'hihi'],
    [`btoa('\\xff')`, '/w=='],
    [fails(`btoa('€')`), 'InvalidCharacterError'],
    [fails(`atob('a')`), 'InvalidCharacterError'],
  ],
  'Event, EventTarget (DOM)': [
    [
      `const t = new EventTarget(), s = []; t.addEventListener('a', () => s.push(1)); t.addEventListener('a', { handleEvent() { s.push(2) } }); t.dispatchEvent(new Event('a')); s.join()`,
      '1,2',
    ],
    [
      `const t = new EventTarget(), s = []; const f = () => s.push(1); t.addEventListener('a', f, { once: true }); t.addEventListener('a', f, { once: true }); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a')); s.length`,
      1,
    ],
    [
      `const t = new EventTarget(); t.addEventListener('a', (e) => e.preventDefault()); [t.dispatchEvent(new Event('a', { cancelable: true })), t.dispatchEvent(new Event('a'))].join()`,
      'false,true',
    ],
    [
      `const t = new EventTarget(); t.addEventListener('a', (e) => e.preventDefault(), { passive: true }); t.dispatchEvent(new Event('a', { cancelable: true }))`,
      true,
    ],
    [
      `const t = new EventTarget(), s = []; t.addEventListener('a', (e) => { s.push(1); e.stopImmediatePropagation() }); t.addEventListener('a', () => s.push(2)); t.dispatchEvent(new Event('a')); s.join()`,
      '1',
    ],
    [
      `const t = new EventTarget(), c = new AbortController(), s = []; t.addEventListener('a', () => s.push(1), { signal: c.signal }); c.abort(); t.dispatchEvent(new Event('a')); s.length`,
      0,
    ],
    [
      `const e = new Event('x'); [e.type, e.eventPhase, e.target, e.isTrusted, e.defaultPrevented].join()`,
      'x,0,,false,false',
    ],
    [`new CustomEvent('x', { detail: 5 }).detail`, 5],
    [
      `const e = new CloseEvent('x', { code: 1001, reason: 'r', wasClean: true }); [e.code, e.reason, e.wasClean].join()`,
      '1001,r,true',
    ],
    [
      `new ErrorEvent('x', { message: 'm', error: 1 }).message + new ProgressEvent('x', { loaded: 1, total: 2 }).total`,
      'm2',
    ],
    [`Object.prototype.toString.call(new MessageEvent('x'))`, '[object MessageEvent]'],
    [fails(`new Event()`), 'TypeError'],
    [fails(`new PromiseRejectionEvent('x')`), 'TypeError'],
  ],
  'AbortController, AbortSignal (DOM)': [
    [
      `const c = new AbortController(); let n = 0; c.signal.onabort = () => n++; c.abort(); c.abort(); [n, c.signal.aborted, c.signal.reason.name].join()`,
      '1,true,AbortError',
    ],
    [`AbortSignal.abort(7).reason`, 7],
    [
      `const s = AbortSignal.timeout(5); await new Promise((r) => s.addEventListener('abort', r)); s.reason.name`,
      'TimeoutError',
    ],
    [
      `const c = new AbortController(), s = AbortSignal.any([new AbortController().signal, c.signal]); c.abort('why'); s.reason`,
      'why',
    ],
    [fails(`AbortSignal.abort().throwIfAborted()`), 'AbortError'],
    [fails(`new AbortSignal()`), 'TypeError'],
  ],
  'Blob, File, FileReader (File API)': [
    [
      `const b = new Blob(['a', new Uint8Array([98]), new Blob(['c'])], { type: 'Text/Plain' }); [b.size, b.type, await b.text()].join()`,
      '3,text/plain,abc',
    ],
    [`await new Blob(['hello']).slice(1, -1).text()`, 'ell'],
    [
      `const f = new File(['x'], 'n.txt', { type: 'a/b', lastModified: 5 }); [f.name, f.type, f.lastModified, f instanceof Blob].join()`,
      'n.txt,a/b,5,true',
    ],
    [
      `const r = new FileReader(); await new Promise((d) => { r.onload = d; r.readAsDataURL(new Blob(['hi'], { type: 'a/b' })) }); r.result`,
      'data:a/b;base64,aGk=',
    ],
    [
      `const r = new FileReader(), s = []; for (const t of ['loadstart', 'progress', 'load', 'loadend']) r.addEventListener(t, () => s.push(t)); r.readAsText(new Blob(['é'])); await new Promise((d) => r.addEventListener('loadend', d)); [...s, r.result, r.readyState].join()`,
      'loadstart,progress,load,loadend,é,2',
    ],
    [fails(`new Blob('text')`), 'TypeError'],
  ],
  'Streams (Streams Standard)': [
    [
      `const s = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }); const a = []; for await (const x of s) a.push(x); a.join()`,
      '1,2',
    ],
    [
      `const s = ReadableStream.from ? ReadableStream.from([1, 2]) : new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }); const [x, y] = s.tee(); (await x.getReader().read()).value + (await y.getReader().read()).value`,
      2,
    ],
    [
      `let s = ''; await new ReadableStream({ start(c) { c.enqueue('a'); c.close() } }).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x + x) } })).pipeTo(new WritableStream({ write(x) { s += x } })); s`,
      'aa',
    ],
    [
      `const r = new ReadableStream({ type: 'bytes', pull(c) { c.enqueue(new Uint8Array([1, 2])); c.close() } }).getReader({ mode: 'byob' }); (await r.read(new Uint8Array(2))).value.join()`,
      '1,2',
    ],
    [`new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark`, 3],
    [fails(`{ const s = new ReadableStream(); s.getReader(); s.getReader() }`), 'TypeError'],
    [
      `const t = 'x'.repeat(10000); const z = await new Response(new Blob([t]).stream().pipeThrough(new CompressionStream('gzip'))).bytes(); [z.length < 200, z[0], (await new Response(new Blob([z]).stream().pipeThrough(new DecompressionStream('gzip'))).text()) === t].join()`,
      'true,31,true',
    ],
    [
      `(await Promise.all(['deflate', 'deflate-raw'].map(async (f) => await new Response(new Blob(['abc']).stream().pipeThrough(new CompressionStream(f)).pipeThrough(new DecompressionStream(f))).text()))).join()`,
      'abc,abc',
    ],
    [fails(`new CompressionStream('nope')`), 'TypeError'],
    [
      fails(`await new Response(new Blob(['no gzip']).stream().pipeThrough(new DecompressionStream('gzip'))).text()`),
      'TypeError',
    ],
  ],
  'Headers, Request, Response, FormData (Fetch)': [
    [
      `const h = new Headers([['A', '1'], ['a', '2'], ['B', ' x ']]); [h.get('a'), h.get('b'), h.has('c'), [...h].join('|')].join(';')`,
      '1, 2;x;false;a,1, 2|b,x',
    ],
    [
      `const h = new Headers(); h.append('set-cookie', 'a'); h.append('set-cookie', 'b'); h.getSetCookie().join('|')`,
      'a|b',
    ],
    [fails(`new Headers({ 'a b': '1' })`), 'TypeError'],
    [fails(`new Headers({ a: 'x\\ny' })`), 'TypeError'],
    [
      `const r = new Response('{"a":1}', { status: 201, headers: { a: 'b' } }); [r.ok, r.status, (await r.clone().json()).a, await r.text(), r.bodyUsed].join()`,
      'true,201,1,{"a":1},true',
    ],
    [fails(`{ const r = new Response('x'); return r.text().then(() => r.text()) }`), 'TypeError'],
    [
      `const r = Response.json({ a: 1 }); [r.headers.get('content-type'), await r.text()].join()`,
      'application/json,{"a":1}',
    ],
    [`Response.redirect('http://a/', 307).headers.get('location')`, 'http://a/'],
    [`Response.error().type`, 'error'],
    [fails(`new Response('x', { status: 99 })`), 'RangeError'],
    [
      `const r = new Request('http://a/b', { method: 'post', body: new URLSearchParams('a=1') }); [r.method, r.headers.get('content-type'), (await r.formData()).get('a')].join()`,
      'POST,application/x-www-form-urlencoded;charset=UTF-8,1',
    ],
    [fails(`new Request('http://a/', { body: 'x' })`), 'TypeError'],
    [fails(`new Request('http://u:p@a/')`), 'TypeError'],
    [
      `const f = new FormData(); f.append('a', '1'); f.append('f', new Blob(['x'], { type: 't/t' }), 'n'); const g = await new Response(f).formData(); [g.get('a'), g.get('f').name, g.get('f').type, await g.get('f').text()].join()`,
      '1,n,t/t,x',
    ],
    [
      `const f = new FormData(); f.append('a', 1); f.append('a', 2); f.set('a', 3); [f.getAll('a').join(), f.has('b')].join()`,
      '3,false',
    ],
  ],
  'MessageChannel, BroadcastChannel, structuredClone (HTML)': [
    [
      `const { port1, port2 } = new MessageChannel(); const got = new Promise((r) => { port2.onmessage = (e) => r(e.data.a) }); port1.postMessage({ a: 5 }); await got`,
      5,
    ],
    [
      `const a = new BroadcastChannel('x'), b = new BroadcastChannel('x'); const got = new Promise((r) => { b.onmessage = (e) => r(e.data) }); a.postMessage('hi'); const r = await got; a.close(); b.close(); r`,
      'hi',
    ],
    [
      `const o = { d: new Date(5), m: new Map([[1, new Set([2])]]), e: new RangeError('x'), r: /a/g, b: new Uint8Array([1]) }; o.self = o; const c = structuredClone(o); [c !== o, c.self === c, c.d.getTime(), c.m.get(1).has(2), c.e instanceof RangeError, c.r.flags, c.b[0]].join()`,
      'true,true,5,true,true,g,1',
    ],
    [fails(`structuredClone(() => {})`), 'DataCloneError'],
    [fails(`structuredClone(Symbol())`), 'DataCloneError'],
    [
      `const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); [b.byteLength, c.byteLength].join()`,
      '0,4',
    ],
    [`class A { x = 1 } const c = structuredClone(new A()); [c.constructor === Object, c.x].join()`, 'true,1'],
  ],
  'timers, queueMicrotask (HTML)': [
    [
      `const s = []; setTimeout(() => s.push('t'), 0); queueMicrotask(() => s.push('m')); await new Promise((r) => setTimeout(r, 5)); s.join()`,
      'm,t',
    ],
    [
      `const s = []; setTimeout((a, b) => s.push(a + b), 1, 1, 2); const id = setTimeout(() => s.push('no'), 1); clearTimeout(id); await new Promise((r) => setTimeout(r, 20)); s.join()`,
      '3',
    ],
    [
      `let n = 0; await new Promise((r) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); r() } }, 1) }); n`,
      3,
    ],
    [
      `const s = []; setTimeout(() => s.push(2), 10); setTimeout(() => s.push(1), 1); await new Promise((r) => setTimeout(r, 40)); s.join()`,
      '1,2',
    ],
  ],
  'performance (High Resolution Time, User Timing)': [
    [`const a = performance.now(); await new Promise((r) => setTimeout(r, 20)); performance.now() - a >= 15`, true],
    [
      `performance.mark('a'); performance.mark('b'); const m = performance.measure('m', 'a', 'b'); [m.entryType, m.duration >= 0, performance.getEntriesByName('a').length, performance.getEntriesByType('measure').length].join()`,
      'measure,true,1,1',
    ],
    [fails(`performance.measure('m', 'none')`), 'SyntaxError'],
    [`Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 50`, true],
  ],
  'crypto (Web Cryptography)': [
    [`/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())`, true],
    [`crypto.getRandomValues(new Uint32Array(4)).some((n) => n > 0)`, true],
    [fails(`crypto.getRandomValues(new Float32Array(1))`), 'TypeMismatchError'],
    [fails(`crypto.getRandomValues(new Uint8Array(65537))`), 'QuotaExceededError'],
    [`[...new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array(0)))].slice(0, 3).join()`, '218,57,163'],
    [
      `const k = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt', 'decrypt']); const a = { name: 'AES-GCM', iv: new Uint8Array(12) }; new TextDecoder().decode(await crypto.subtle.decrypt(a, k, await crypto.subtle.encrypt(a, k, new TextEncoder().encode('secret'))))`,
      'secret',
    ],
    [
      `const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']); const a = { name: 'ECDSA', hash: 'SHA-256' }, d = new Uint8Array(9); const s = await crypto.subtle.sign(a, privateKey, d); [await crypto.subtle.verify(a, publicKey, s, d), publicKey.type, (await crypto.subtle.exportKey('jwk', publicKey)).crv].join()`,
      'true,public,P-256',
    ],
    [
      `const k = await crypto.subtle.importKey('raw', new TextEncoder().encode('pw'), 'PBKDF2', false, ['deriveBits']); (await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 10 }, k, 128)).byteLength`,
      16,
    ],
    [
      fails(
        `await crypto.subtle.exportKey('raw', await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']))`,
      ),
      'InvalidAccessError',
    ],
    [
      fails(
        `await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 1e9 }, await crypto.subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits']), 128)`,
      ),
      'QuotaExceededError',
    ],
    [fails(`await crypto.subtle.digest('NOPE', new Uint8Array(1))`), 'NotSupportedError'],
  ],
  'DOMException (Web IDL)': [
    [
      `const e = new DOMException('m', 'AbortError'); [e.name, e.message, e.code, e instanceof Error, DOMException.ABORT_ERR].join()`,
      'AbortError,m,20,true,20',
    ],
  ],
};

const sandbox = openSandbox({ cpuMs: 30_000 });
let guest: Isolate;

beforeAll(async () => {
  guest = await sandbox.createIsolate();
});
afterAll(() => sandbox.shutdown());

describe.each(Object.entries(TABLE))('%s', (_name, rows) => {
  it.each(rows)('%s', async (expression, value) => {
    expect(await guest.evaluate(expression, { timeout: 10 })).toEqual(value);
  });
});
