/**
 * Who calls through an egress: a `Net` in this process, a guest by its `fetch`, a guest by its blocking `net`. What a call
 * comes to is the same plain data from each, and what it raises has the same fields.
 */

import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import type { RequestOptions } from '../../src/net/http/options.ts';
import type { Net } from '../../src/net/net.ts';

/** A response that was read to its end. */
export interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: { readonly [name: string]: string };
}

/** The fields that tell failures apart. */
const FIELDS = ['code', 'host', 'retryable', 'retryAfter', 'hint', 'phase', 'reason'] as const;

export interface Caller extends Disposable {
  fetch(url: string, options?: RequestOptions): Promise<Outcome>;
}

export interface CallerKind {
  readonly name: string;
  open(net: Net, sandbox: V8Sandbox): Promise<Caller>;
}

export const CALLERS: readonly CallerKind[] = [
  { name: 'Net', open: async (net) => ({ fetch: (url, options) => byNet(net, url, options), [Symbol.dispose]() {} }) },
  { name: "a guest's fetch", open: (net, sandbox) => guestCaller(net, sandbox, BY_FETCH) },
  { name: "a guest's net", open: (net, sandbox) => guestCaller(net, sandbox, BY_NET) },
];

async function byNet(net: Net, url: string, options?: RequestOptions): Promise<Outcome> {
  const response = await net.fetch(url, options);
  return {
    status: response.status,
    body: await response.text(),
    url: response.url,
    redirected: response.redirectChain.length > 0,
    headers: { ...response.headers },
  };
}

const BY_FETCH = `
const r = await fetch(url, { ...options, ...(options.followRedirects === false ? { redirect: 'manual' } : {}) });
return { status: r.status, body: await r.text(), url: r.url, redirected: r.redirected, headers: Object.fromEntries(r.headers) };`;

const BY_NET = `
const r = net.fetch(url, options);
return { status: r.status, body: r.text(), url: r.url, redirected: r.redirectChain.length > 0, headers: { ...r.headers } };`;

/** Source of a function of the guest's that gives the value of `body`, or what it raised as plain data. */
function telling(body: string): string {
  return `async (url, options) => {
    try {
      return { value: await (async () => {${body}})() };
    } catch (thrown) {
      const error = thrown.cause ?? thrown;
      const fields = { message: error.message };
      for (const key of ${JSON.stringify(FIELDS)}) fields[key] = error[key] ?? null;
      return { fields };
    }
  }`;
}

async function guestCaller(net: Net, sandbox: V8Sandbox, body: string): Promise<Caller> {
  const guest = await sandbox.createIsolate({ net });
  await guest.evaluate(`globalThis.call = ${telling(body)}; 0`);
  return {
    async fetch(url, options = {}) {
      const told = await guest.evaluate(`await call(${JSON.stringify(url)}, ${JSON.stringify(options)})`);
      return unwrap(told as { value?: Outcome; fields?: { message: string } });
    },
    [Symbol.dispose]: () => guest.destroy(),
  };
}

function unwrap({ value, fields }: { value?: Outcome; fields?: { message: string } }): Outcome {
  if (value === undefined) throw Object.assign(new Error(fields?.message), fields);
  return value;
}
