/** Rows: what a guest is asked in JavaScript, and what it must say. */

/**
 * A text: the guest must say what Node says. With `gives`: it must say that, where Node has no such thing or another
 * than the standard. With `differs`: it says something else than Node, for this reason; spec/web-apis.md lists it.
 * Each is an expression, or the body of an async function.
 */
export type Row =
  | string
  | { readonly js: string; readonly gives: string }
  | { readonly js: string; readonly differs: string };

export type Rows = Readonly<Record<string, readonly Row[]>>;

export function sourceOf(row: Row): string {
  return typeof row === 'string' ? row : row.js;
}

/** The same code in a guest and in Node: rows in, what they came to out, each as a text. */
export const HARNESS = `
(async (rows) => {
  const Async = (async () => {}).constructor;
  const bytes = (v) => [...new Uint8Array(v.buffer ?? v, v.byteOffset ?? 0, v.byteLength)].join(' ');
  const tell = (v, depth = 0) => {
    if (typeof v === 'string') return JSON.stringify(v);
    if (typeof v === 'bigint') return v + 'n';
    if (typeof v === 'function') return 'function';
    if (typeof v !== 'object' || v === null) return Object.is(v, -0) ? '-0' : String(v);
    if (depth > 6) return '…';
    if (Array.isArray(v)) return '[' + Array.from(v, (one) => tell(one, depth + 1)).join(', ') + ']';
    if (v instanceof ArrayBuffer) return 'ArrayBuffer(' + bytes(v) + ')';
    if (ArrayBuffer.isView(v)) return v.constructor.name + '(' + bytes(v) + ')';
    if (v instanceof Error) return v.name;
    const proto = Object.getPrototypeOf(v);
    if (proto !== null && Object.getPrototypeOf(proto) !== null) return Object.prototype.toString.call(v);
    return '{' + Object.keys(v).map((key) => key + ': ' + tell(v[key], depth + 1)).join(', ') + '}';
  };
  const body = (js) => {
    try { return new Async('return (' + js + '\\n)'); } catch { return new Async(js); }
  };
  const told = [];
  for (const js of rows) {
    const late = Promise.withResolvers();
    const timer = setTimeout(() => late.reject({ name: 'nothing within 10 s' }), 10_000);
    try { told.push(tell(await Promise.race([body(js)(), late.promise]))); }
    catch (thrown) { told.push('throws ' + (thrown?.name ?? tell(thrown))); }
    clearTimeout(timer);
  }
  return told;
})`;
