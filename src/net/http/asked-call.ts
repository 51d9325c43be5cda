/**
 * One call as the policy over a net sees it. Trusted side.
 */
import type { CaspianError } from '../../errors/classes.ts';
import type { FetchContext } from './fetch.ts';
import type { Header } from './headers.ts';
import type { Hops } from './hops.ts';
import type { PolicyCall } from './policy.ts';
import type { RequestPlan } from './request.ts';
import type { ReadUrl } from './url.ts';

/** One call, its options read. */
export interface Call {
  readonly plan: RequestPlan;
  readonly target: ReadUrl;
  /** The URL as it was passed. */
  readonly written: string;
  readonly context: FetchContext | undefined;
}

export class AskedCall implements PolicyCall {
  readonly url: URL;
  readonly plan: RequestPlan;
  readonly headers: readonly Header[];
  readonly hasCredentials: boolean;
  readonly usualTls: boolean;
  readonly context: FetchContext | undefined;
  readonly #hops: Hops;
  readonly #written: string;

  constructor(hops: Hops, { plan, target, written, context }: Call) {
    const { own, credentials, settled } = hops.config;
    this.url = target.url;
    this.plan = plan;
    this.headers = own.length === 0 ? plan.plain : [...own, ...plan.plain];
    this.hasCredentials =
      credentials.length > 0 || plan.credentials.length > 0 || plan.cookies || settled.clientCertPem !== null;
    this.usualTls = plan.verify && settled.caPem === null;
    this.context = context;
    this.#hops = hops;
    this.#written = written;
  }

  permit(url: URL, from: URL | null, hop: number): void {
    const { plan, context } = this;
    this.#hops.permitHop({ url, origin: url.origin, method: plan.method, from, hop }, this.#written, context?.by);
  }

  refused(denial: CaspianError): void {
    this.#hops.reportRefusal(this.url, this.plan.method, this.context?.by, denial);
  }
}
