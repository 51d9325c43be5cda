/** An egress for tests: its state in memory, every name on loopback, which is opened for `*.test` unless a test says otherwise. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Egress, type EgressOptions, openEgress } from '../../src/egress/egress.ts';
import type { EntryOptions } from '../../src/egress/policy/entry.ts';
import { type Answer, startHttp } from './http-server.ts';
import { pemOf } from './tls-server.ts';

export const LOOPBACK = ['127.0.0.1'];

export interface TestEgress extends AsyncDisposable {
  readonly egress: Egress;
  /** Names that were looked up, in order. */
  readonly lookUps: readonly string[];
}

export async function testEgress(options: Partial<EgressOptions> = {}): Promise<TestEgress> {
  const lookUps: string[] = [];
  const egress = await openEgress({
    state: ':memory:',
    ca: pemOf('ca'),
    resolve: async (name) => {
      lookUps.push(name);
      return LOOPBACK;
    },
    ...options,
  });
  return { egress, lookUps, [Symbol.asyncDispose]: () => egress.close() };
}

/** Allows a server of the tests: its port, and its address. */
export async function allowServer(
  egress: Egress,
  server: { readonly port: number },
  { host = 'api.test', ...options }: EntryOptions & { readonly host?: string; readonly app?: string | null } = {},
): Promise<void> {
  await egress.allow(`${host}:${server.port}`, { httpsOnly: false, allowAddresses: LOOPBACK, ...options });
}

/** How many connections this thread has begun to open, to any address, whether or not anybody listens there. */
export function watchDials(): Disposable & { readonly count: number } {
  let count = 0;
  const onDial = (): void => {
    count += 1;
  };
  subscribe('net.client.socket', onDial);
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]: () => void unsubscribe('net.client.socket', onDial),
  };
}

export interface ServedOptions {
  readonly options?: Partial<EgressOptions>;
  readonly entry?: Parameters<typeof allowServer>[2];
}

/** An egress, and a server that it allows; both end together. */
export async function servedEgress(answer?: Answer, { options = {}, entry = {} }: ServedOptions = {}) {
  const server = await startHttp(answer);
  const made = await testEgress(options);
  await allowServer(made.egress, server, entry);
  return {
    egress: made.egress,
    server,
    url: server.origin(),
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
