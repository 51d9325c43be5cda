/**
 * One run of an app's code: the policy at its door and around its calls, its deadline, the number of its calls. Trusted side.
 */
import {
  ArgumentError,
  BudgetExhaustedError,
  LimitReachedError,
  SocketError,
  TooLargeError,
} from '../../errors/classes.ts';
import { parseHost } from '../../net/address/host.ts';
import type { IpAddress } from '../../net/address/ip.ts';
import type { Target } from '../../net/address/target.ts';
import type { DoorPolicy, PolicyRequest } from '../../net/capability.ts';
import type { Clock } from '../../net/clock.ts';
import { makeRule } from '../../net/grants/rule.ts';
import { RuleTable } from '../../net/grants/table.ts';
import type {
  CallBounds,
  CallEnd,
  CallGuard,
  CallPolicy,
  HopAsk,
  HopExtras,
  OpenSocket,
  PolicyCall,
  SocketCall,
} from '../../net/http/policy.ts';
import type { HttpResponse } from '../../net/http/response.ts';
import { portOf } from '../../net/http/trip.ts';
import { type CacheUse, cacheUse, type ResponseCache } from '../cache/cache.ts';
import { callTime } from '../deadline.ts';
import type { Journal } from '../journal/journal.ts';
import { report } from '../journal/telemetry.ts';
import type { EnterAsk, Gate } from '../limits/gate.ts';
import { policyDenial } from '../policy/denial.ts';
import type { LivePolicy, Standing } from '../policy/live.ts';
import type { PolicyQuestion } from '../policy/policy.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import type { SecretUse } from '../secrets/secrets.ts';
import type { Settings } from '../settings.ts';
import { Guard } from './guard.ts';
import { CallRecord } from './record.ts';

/** What all runs of an egress share. */
export interface EgressParts {
  readonly live: LivePolicy;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly cache: ResponseCache;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

type Send = (guard: CallGuard, bounds: CallBounds) => Promise<HttpResponse>;

/** Where a request goes. */
type Going = Pick<HopAsk, 'url' | 'method' | 'target' | 'from'>;

const SPECIAL = RuleTable.of([makeRule('deny', { kind: 'set', name: 'special' })]);
const UNAUTHORIZED = 401;
const SWITCHING_PROTOCOLS = 101;

export class Run implements DoorPolicy, CallPolicy {
  readonly app: string;
  readonly #parts: EgressParts;
  readonly #deadlineAt: number | null;
  #calls = 0;

  /** `deadlineAt`: by the kernel's clock; null for none. */
  constructor(parts: EgressParts, app: string, deadlineAt: number | null) {
    this.#parts = parts;
    this.app = app;
    this.#deadlineAt = deadlineAt;
  }

  /** At the door, for every request: with the policy as it was when the call began, which `decide` looks at again. */
  permit(request: PolicyRequest): string | null {
    const asked = this.#question(request.url, request);
    return refuseOrPass(this.#known().policy.decide(asked), asked, request.from ?? null).rule;
  }

  allows(target: Target): boolean {
    const { policy } = this.#known();
    const { app } = this;
    return policy.decide({ app, host: target.host, port: target.port, plain: false }).refusal === null;
  }

  refuseAddress(target: Target, ip: IpAddress): string | null {
    if (SPECIAL.findAddress(ip, target.port) === null) return null;
    const { host, port } = target;
    const { entry } = this.#known().policy.decide({ app: this.app, host, port, plain: false });
    // No looking through what embeds an address here: an exception is for what was written.
    if (entry?.allowed.findHost({ kind: 'ip', text: ip.text, ip }) != null) return null;
    return 'is not public, and no entry of the egress policy opens it';
  }

  /** What the policy was when it was last read: at the beginning of a call at the latest. */
  #known(): Standing {
    const known = this.#parts.live.last;
    if (known === null) throw new SocketError('the policy of the egress has not been read');
    return known;
  }

  /** What the policy says now of one request. Raises its denial. */
  async decide(going: Going): Promise<{ readonly standing: Standing; readonly verdict: PolicyVerdict }> {
    const standing = await this.#parts.live.current();
    const asked = this.#question(going.url, going.target);
    return { standing, verdict: refuseOrPass(standing.policy.decide(asked), asked, going.from) };
  }

  #question(url: URL, { host, port }: Pick<Target, 'host' | 'port'>): PolicyQuestion {
    return { app: this.app, host, port, plain: url.protocol === 'http:' || url.protocol === 'ws:' };
  }

  secretUse({ url, method, target }: Going): SecretUse {
    return { app: this.app, host: target.host, port: target.port, method, url };
  }

  async call(call: PolicyCall, send: Send): Promise<HttpResponse> {
    const { clock, wall } = this.#parts;
    const { url, plan } = call;
    const record = new CallRecord({ app: this.app, method: plan.method, url, at: wall(), started: clock.now() });
    try {
      return await this.#answer(call, send, record);
    } catch (error) {
      this.#note(record, { error, bytesIn: 0, bytesOut: 0 });
      throw error;
    }
  }

  async #answer(call: PolicyCall, send: Send, record: CallRecord): Promise<HttpResponse> {
    const { plan } = call;
    const going = goingTo(call);
    const { standing, verdict } = await this.decide(going);
    record.decided(verdict);
    const settings = standing.policy.settings(this.app);
    this.#count(settings);
    const bounds = this.#bounds(call, settings, verdict);
    if (plan.secret !== null) standing.secrets.open(plan.secret.secret, this.secretUse(going));
    checkBody(call, settings);
    const use = cacheUse(call, this.app, verdict.entry);
    const go = (): Promise<HttpResponse> =>
      this.#go(call, (guard) => this.#send(send, guard, bounds), record, settings);
    return use === null ? await go() : await this.#answerWith(use, go, { standing, record, bounds });
  }

  /** By the cache, as far as it can. */
  async #answerWith(
    use: CacheUse,
    send: () => Promise<HttpResponse>,
    {
      standing,
      record,
      bounds,
    }: { readonly standing: Standing; readonly record: CallRecord; readonly bounds: CallBounds },
  ): Promise<HttpResponse> {
    const { policy } = standing;
    const { max_response_body, cache_size } = policy.settings(null);
    const { response, kept } = await this.#parts.cache.answer(use, {
      send,
      // A redirect led there when it was kept; where it led may be denied by now.
      mayShow: ({ url }) => policy.decide(this.#question(new URL(url), targetOf(new URL(url)))).refusal === null,
      limits: { maxBody: bounds.maxBody ?? max_response_body, maxBytes: cache_size },
    });
    if (!kept) return response;
    record.cached = true;
    record.status = response.status;
    this.#note(record, { error: null, bytesIn: 0, bytesOut: 0 });
    return response;
  }

  async #go(
    { plan, context }: PolicyCall,
    send: (guard: Guard) => Promise<HttpResponse>,
    record: CallRecord,
    settings: Settings,
  ): Promise<HttpResponse> {
    const { gate } = this.#parts;
    const ask: EnterAsk = { app: this.app, settings, signal: signalOf(plan.signal, context?.signal) };
    const leave = await gate.enter(ask);
    const onOver = (end: CallEnd): void => this.#note(record, closedEarly(end) ? { ...end, error: null } : end);
    try {
      return await send(new Guard({ run: this, gate, ask, secret: plan.secret, record, leave, onOver }));
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Once; and once more with the value before a rotation, if the server does not take the new one yet. */
  async #send(send: Send, guard: Guard, bounds: CallBounds): Promise<HttpResponse> {
    const response = await send(guard, bounds);
    if (response.status !== UNAUTHORIZED || !guard.hasOlder) return response;
    guard.tryOlder();
    await response.close();
    return send(guard, bounds);
  }

  /** A WebSocket is a call that lasts until it is closed, or until the run must be over. */
  async socket<S extends OpenSocket>(call: SocketCall, open: (extras: HopExtras) => Promise<S>): Promise<S> {
    const { clock, wall } = this.#parts;
    const { url } = call;
    const record = new CallRecord({ app: this.app, method: 'WEBSOCKET', url, at: wall(), started: clock.now() });
    try {
      return await this.#openSocket(call, open, record);
    } catch (error) {
      this.#note(record, { error, bytesIn: 0, bytesOut: 0 });
      throw error;
    }
  }

  async #openSocket<S extends OpenSocket>(
    { url, secret, signal }: SocketCall,
    open: (extras: HopExtras) => Promise<S>,
    record: CallRecord,
  ): Promise<S> {
    const { gate, clock } = this.#parts;
    const going: Going = { url, method: 'WEBSOCKET', target: targetOf(url), from: null };
    const { standing, verdict } = await this.decide(going);
    record.decided(verdict);
    const settings = standing.policy.settings(this.app);
    this.#count(settings);
    if (secret !== null) standing.secrets.open(secret.secret, this.secretUse(going));
    const ask: EnterAsk = { app: this.app, settings, signal };
    const leave = await gate.enter(ask);
    const guard = new Guard({ run: this, gate, ask, secret, record, leave, onOver: (end) => this.#note(record, end) });
    try {
      const opened = await open(await guard.hop(going));
      record.status = SWITCHING_PROTOCOLS;
      guard.dialled(opened.address);
      const timer =
        this.#deadlineAt === null
          ? null
          : clock.after(this.#deadlineAt - clock.now(), () => opened.end(deadlineError()));
      void opened.whenOver.then((bytes) => {
        timer?.cancel();
        guard.over({ error: null, ...bytes });
      });
      return opened;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Calls that were denied count as well: a script that asks without end is ended. */
  #count({ calls_per_run: most }: Settings): void {
    this.#calls += 1;
    if (this.#calls <= most) return;
    throw new LimitReachedError(`this run has made its ${most} calls`, { operation: 'fetch', retryable: false });
  }

  #bounds({ plan }: PolicyCall, settings: Settings, { entry }: PolicyVerdict): CallBounds {
    const time = {
      asked: plan.timeoutIsDefault ? undefined : plan.timeout,
      entry: entry?.timeout ?? null,
      deadlineAt: this.#deadlineAt,
      now: this.#parts.clock.now(),
    };
    return {
      timeout: callTime(settings, time) / 1_000,
      headersTimeout: Math.min(plan.headersTimeout ?? Number.POSITIVE_INFINITY, settings.headers_timeout / 1_000),
      connectTimeout: Math.min(plan.connectTimeout ?? Number.POSITIVE_INFINITY, settings.connect_timeout / 1_000),
      maxRedirects: Math.min(plan.maxRedirects, settings.max_redirects),
      maxUpload: settings.max_request_body,
      retry: { ...plan.retry, retries: Math.min(plan.retry.retries, settings.retries) },
      // An entry may allow more than the setting; a caller may only ask for less.
      maxBody: Math.min(plan.maxBody ?? Number.POSITIVE_INFINITY, entry?.maxResponse ?? settings.max_response_body),
    };
  }

  #note(
    record: CallRecord,
    end: { readonly error: unknown; readonly bytesIn: number; readonly bytesOut: number },
  ): void {
    const { clock, journal } = this.#parts;
    const sample = this.#parts.live.last?.policy.settings(this.app).journal_sample ?? 1;
    const row = record.row({ ...end, now: clock.now() });
    journal.add(row, sample);
    report(row, record.within);
  }
}

function refuseOrPass(verdict: PolicyVerdict, asked: PolicyQuestion, from: URL | null): PolicyVerdict {
  if (verdict.refusal === null) return verdict;
  throw policyDenial(verdict.refusal, verdict, asked, from?.origin ?? null);
}

function goingTo({ url, plan }: PolicyCall): Going {
  return { url, method: plan.method, target: targetOf(url), from: null };
}

function targetOf(url: URL): Target {
  const host = parseHost(url.hostname);
  return { host, port: portOf(url), written: url.hostname };
}

function checkBody({ plan }: PolicyCall, { max_request_body: most }: Settings): void {
  const { body } = plan;
  if (body instanceof Uint8Array && body.length > most) {
    throw new TooLargeError(`the request's body is larger than ${most} bytes`, { operation: 'fetch' });
  }
}

function signalOf(...given: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const signals = given.filter((signal) => signal !== undefined);
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}

function deadlineError(): BudgetExhaustedError {
  return new BudgetExhaustedError('the time for this run is over', { operation: 'web_socket', retryable: true });
}

/** The caller did not want the rest of a body: nothing went wrong. */
function closedEarly({ error }: CallEnd): boolean {
  return error instanceof ArgumentError;
}
