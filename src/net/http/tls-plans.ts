/**
 * A client's TLS plans, one for each host, kept: making one reads certificates. Trusted side.
 */
import type { Host } from '../address/host.ts';
import { planTls, type SettledTls, TLS_OPTIONS, type TlsPlan } from '../dial/tls-options.ts';
import { settleOptions } from '../options.ts';
import type { SettledClient } from './options.ts';

const MAX_PLANS = 256;
const HTTP_1 = ['http/1.1'];
const HTTP_2 = ['h2', 'http/1.1'];

export class TlsPlans {
  readonly #client: SettledClient;
  readonly #roots: string | null;
  readonly #plans = new Map<string, TlsPlan>();

  /** Raises ArgumentError for PEM text that can't be used. */
  constructor(client: SettledClient, roots: string | null) {
    this.#client = client;
    this.#roots = roots;
    if (client.caPem !== null || client.clientCertPem !== null) {
      this.plan({ kind: 'name', text: 'invalid' }, { verify: client.verify, trusted: true });
    }
  }

  /** `trusted`: the client's certificate may be shown there. */
  plan(host: Host, { verify, trusted }: { readonly verify: boolean; readonly trusted: boolean }): TlsPlan {
    const key = `${host.kind} ${host.text} ${verify} ${trusted}`;
    const kept = this.#plans.get(key);
    if (kept !== undefined) return kept;
    if (this.#plans.size >= MAX_PLANS) this.#plans.clear();
    const made = planTls(this.#settle(verify, trusted), host, this.#roots);
    this.#plans.set(key, made);
    return made;
  }

  #settle(verify: boolean, trusted: boolean): SettledTls {
    const { caPem, clientCertPem, clientKeyPem, http2 } = this.#client;
    return settleOptions(
      TLS_OPTIONS,
      {
        verify,
        alpn: http2 ? HTTP_2 : HTTP_1,
        ...(caPem === null ? {} : { caPem }),
        ...(trusted && clientCertPem !== null ? { clientCertPem, clientKeyPem } : {}),
      },
      'client',
    );
  }
}
