/**
 * One run of an app's code: the policy around its calls, its deadline, the number of its calls. Trusted side. Where nothing
 * has to be waited for a call goes out in the turn in which it was made.
 */
import { BudgetExhaustedError, CaspianError, LimitReachedError, SecretNotAllowedError } from '../../errors/classes.ts';
import type { Clock } from '../../net/clock.ts';
import type {
  CallEnd,
  CallGuard,
  CallPolicy,
  HopAsk,
  HopExtras,
  OpeningBounds,
  OpenSocket,
  PolicyCall,
  SocketCall,
} from '../../net/http/policy.ts';
import type { CallBounds } from '../../net/http/request.ts';
import { repeats } from '../../net/http/request-body.ts';
import type { HttpResponse } from '../../net/http/response.ts';
import type { SecretReference } from '../../net/http/secret.ts';
import { anyOf } from '../../net/signals.ts';
import type { Turnstile } from '../../net/turnstile.ts';
import { type CacheUse, cacheUse, type ResponseCache } from '../cache/cache.ts';
import type { Journal } from '../journal/journal.ts';
import { report } from '../journal/telemetry.ts';
import type { EnterAsk, Gate } from '../limits/gate.ts';
import { type Operation, operationOf } from '../operation.ts';
import type { Entry } from '../policy/entry.ts';
import type { LivePolicy, Standing } from '../policy/live.ts';
import type { PolicyVerdict } from '../policy/verdict.ts';
import type { Settings } from '../settings.ts';
import { andThen } from '../state/eventual.ts';
import type { Eventual } from '../state/state.ts';
import { callBounds, openingBounds } from './bounds.ts';
import { Door } from './door.ts';
import { goingTo, secretUse } from './going.ts';
import { type CallNoter, Guard } from './guard.ts';
import type { HeldSocket, OpenSockets } from './open-sockets.ts';
import { CallRecord } from './record.ts';
import type { UnderWay } from './under-way.ts';

/** What all runs of an egress share. */
export interface EgressParts {
  readonly live: LivePolicy;
  readonly turnstile: Turnstile;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly cache: ResponseCache;
  readonly sockets: OpenSockets;
  readonly underWay: UnderWay;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

type Begun = Pick<PolicyCall, 'url' | 'refused'>;
type OpenBy<S> = (extras: HopExtras, bounds: OpeningBounds) => Promise<S>;
type Send = (guard: CallGuard, bounds: CallBounds) => Promise<HttpResponse>;

/** One call, as it was decided when it began. */
interface Way {
  readonly going: HopAsk;
  readonly record: CallRecord;
  readonly standing: Standing;
  readonly settings: Settings;
  /** The entry that lets it pass, if one does. */
  readonly entry: Entry | null;
}

/** What a call enters with. */
interface Entering {
  readonly secret: SecretReference | null;
  /** Whether its body can be sent once more. */
  readonly repeats: boolean;
  readonly signal: AbortSignal | undefined;
  /** Seconds. */
  readonly timeout: number | null;
}

const UNVERIFIED = 'no secret goes along where verify is false or ca_pem names other authorities';
const SWITCHING_PROTOCOLS = 101;
const WITHOUT_BYTES: CallEnd = Object.freeze({ error: null, bytesIn: 0, bytesOut: 0 });

export class Run implements CallPolicy, CallNoter {
  readonly door: Door;
  readonly #parts: EgressParts;
  readonly #deadlineAt: number | null;
  #calls = 0;

  /** `deadlineAt`: by the kernel's clock; null for none. */
  constructor(parts: EgressParts, app: string, deadlineAt: number | null) {
    this.#parts = parts;
    this.door = new Door(parts.live, app);
    this.#deadlineAt = deadlineAt;
  }

  call(call: PolicyCall, send: Send): Promise<HttpResponse> {
    const record = this.#recordOf(call.url, call.plan.method);
    try {
      const standing = this.#standing();
      if (standing instanceof Promise) return this.#noting(record, this.#answerLater(standing, call, send, record));
      return this.#answer(call, send, this.#way(call, call.plan.method, record, standing));
    } catch (error) {
      this.#failed(record, error);
      return Promise.reject(error);
    }
  }

  async #answerLater(standing: Promise<Standing>, call: PolicyCall, send: Send, record: CallRecord) {
    return this.#answer(call, send, this.#way(call, call.plan.method, record, await standing));
  }

  /** A WebSocket is a call that lasts until it is closed, or until the run must be over. */
  socket<S extends OpenSocket>(call: SocketCall, open: OpenBy<S>): Promise<S> {
    const record = this.#recordOf(call.url, 'WEBSOCKET');
    return this.#noting(record, this.#socketBy(call, open, record));
  }

  async #socketBy<S extends OpenSocket>(call: SocketCall, open: OpenBy<S>, record: CallRecord): Promise<S> {
    return this.#openSocket(call, open, this.#way(call, 'WEBSOCKET', record, await this.#standing()));
  }

  #recordOf(url: URL, method: string): CallRecord {
    const { clock, wall, underWay } = this.#parts;
    underWay.begun();
    return new CallRecord({ app: this.door.app, method, url, at: wall(), started: clock.now() });
  }

  /** The policy as it is now, once it is this call's turn. */
  #standing(): Eventual<Standing> {
    const { live, turnstile } = this.#parts;
    const turn = turnstile.pass(this.door.app);
    return turn === undefined ? live.current() : this.#standingAfter(turn);
  }

  async #standingAfter(turn: Promise<void>): Promise<Standing> {
    await turn;
    return this.#parts.live.current();
  }

  /** What it raises is noted. */
  async #noting<T>(record: CallRecord, going: Promise<T>): Promise<T> {
    try {
      return await going;
    } catch (error) {
      this.#failed(record, error);
      throw error;
    }
  }

  /** Decides a call. Raises its denial. */
  #way(call: Begun, method: string, record: CallRecord, standing: Standing): Way {
    const settings = standing.policy.settings(this.door.app);
    this.#count(settings, operationOf(call.url));
    const going = goingTo(call.url, method);
    record.host = going.target.host.text;
    const { entry } = this.#decide(call, standing, record, going);
    return { going, record, standing, settings, entry };
  }

  #decide(call: Begun, standing: Standing, record: CallRecord, going: HopAsk): PolicyVerdict {
    try {
      return this.door.decide(standing, going, record);
    } catch (error) {
      if (error instanceof CaspianError) call.refused(error);
      throw error;
    }
  }

  /** Calls that are denied count as well: a script that asks without end is ended. */
  #count({ calls_per_run: most }: Settings, operation: Operation): void {
    this.#calls += 1;
    if (this.#calls <= most) return;
    throw new LimitReachedError(`this run has made its ${most} ${most === 1 ? 'call' : 'calls'}`, {
      operation,
      retryable: false,
    });
  }

  #answer(call: PolicyCall, send: Send, way: Way): Promise<HttpResponse> {
    const { plan } = call;
    const { settings, entry } = way;
    const now = this.#parts.clock.now();
    const bounds = callBounds(plan, { settings, entry, deadlineAt: this.#deadlineAt, now });
    if (plan.secret !== null) this.#checkSecret(plan.secret, call, way);
    const use = cacheUse(call, this.door.app, entry);
    if (use === null) return this.#go(call, send, bounds, way);
    return this.#noting(way.record, this.#answerWith(use, send, bounds, way));
  }

  /**
   * Raises SecretNotAllowedError before anything is connected to. SECURITY: a value goes only to who has shown to be that
   * host by the operator's authorities, not by a script's (test/attacks/egress-secret-unverified.test.ts).
   */
  #checkSecret({ secret }: SecretReference, { usualTls }: Pick<PolicyCall, 'usualTls'>, way: Way): void {
    const { going, standing, entry } = way;
    const use = secretUse(this.door.app, going, entry);
    standing.secrets.open(secret, use);
    if (!usualTls)
      throw new SecretNotAllowedError(UNVERIFIED, {
        host: use.host.text,
        port: use.port,
        operation: operationOf(use.url),
      });
  }

  /** By the cache, as far as it can. */
  async #answerWith(use: CacheUse, send: Send, bounds: CallBounds, way: Way): Promise<HttpResponse> {
    const { clock, cache } = this.#parts;
    const { standing, record } = way;
    const { call } = use;
    const started = clock.now();
    const { max_response_body, cache_size } = standing.policy.settings(null);
    const { response, kept } = await cache.answer(use, {
      send: () => this.#go(call, send, lessTime(bounds, clock.now() - started), way),
      mayShow: (led) => this.#mayShow(call, led, standing),
      patience: {
        clock,
        ms: bounds.timeout === null ? null : bounds.timeout * 1_000,
        signal: anyOf(call.plan.signal, call.context?.signal),
      },
      limits: { maxBody: bounds.maxBody ?? max_response_body, maxBytes: cache_size },
    });
    if (!kept) return response;
    record.cached = true;
    record.status = response.status;
    this.note(record, WITHOUT_BYTES);
    return response;
  }

  /**
   * What led there when it was kept may be denied by now; then it is asked for anew. SECURITY: and a narrowed net sees nothing
   * that it could not have fetched (test/attacks/egress-cache-round-grants.test.ts).
   */
  #mayShow(call: PolicyCall, led: readonly URL[], standing: Standing): boolean {
    const { url: asked } = call;
    if (!led.every((url) => this.door.lets(standing, url))) return false;
    call.permit(asked, null, 0);
    for (const [hop, url] of led.entries()) {
      if (hop > 0 || !isSamePlace(url, asked)) call.permit(url, led[hop - 1] ?? asked, hop);
    }
    return true;
  }

  /** In a slot, which is waited for if need be. What `send` raises, the guard has been told. */
  #go({ plan, context }: PolicyCall, send: Send, bounds: CallBounds, way: Way): Promise<HttpResponse> {
    const { secret, body } = plan;
    const signal = anyOf(plan.signal, context?.signal);
    const entered = this.#enter({ secret, repeats: repeats(body), signal, timeout: bounds.timeout }, way);
    if (entered instanceof Promise) return this.#noting(way.record, this.#goLater(entered, send, bounds));
    return entered.sendsSecret ? this.#sendSecret(entered, send, bounds) : send(entered, bounds);
  }

  async #goLater(entered: Promise<Guard>, send: Send, bounds: CallBounds): Promise<HttpResponse> {
    const { clock } = this.#parts;
    const started = clock.now();
    const guard = await entered;
    // What is waited for is a part of the call.
    const left = lessTime(bounds, clock.now() - started);
    return guard.sendsSecret ? this.#sendSecret(guard, send, left) : send(guard, left);
  }

  /** Once more with the value before a rotation, where the server does not take the new one yet. */
  async #sendSecret(guard: Guard, send: Send, bounds: CallBounds): Promise<HttpResponse> {
    const { clock } = this.#parts;
    const started = clock.now();
    const response = await send(guard, bounds);
    if (!guard.wantsOlder(response.status)) return response;
    guard.tryOlder();
    await response.close();
    return send(guard, lessTime(bounds, clock.now() - started));
  }

  /** Waits for a slot, at most `timeout` seconds. */
  #enter({ secret, repeats, signal, timeout }: Entering, { going, record, settings }: Way): Eventual<Guard> {
    const { gate, live } = this.#parts;
    const ask: EnterAsk = {
      operation: operationOf(going.url),
      app: this.door.app,
      settings: withinTime(settings, timeout),
      signal,
    };
    return andThen(
      gate.enter(ask),
      (leave) => new Guard({ door: this.door, live, gate, ask, secret, repeats, record, leave, noter: this }),
    );
  }

  async #openSocket<S extends OpenSocket>(call: SocketCall, open: OpenBy<S>, way: Way): Promise<S> {
    const { clock } = this.#parts;
    const { secret, signal } = call;
    const bounds = () =>
      openingBounds(call, { settings: way.settings, deadlineAt: this.#deadlineAt, now: clock.now() });
    const { timeout } = bounds();
    if (secret !== null) this.#checkSecret(secret, call, way);
    const guard = await this.#enter({ secret, repeats: true, signal, timeout }, way);
    try {
      const extras = await guard.hop(way.going);
      // By what is left now: it had to wait.
      const opened = await open(extras, bounds());
      way.record.status = SWITCHING_PROTOCOLS;
      guard.dialled(opened.address);
      this.#holdOpen(opened, guard, way);
      return opened;
    } catch (error) {
      guard.failed(error, 0);
      throw error;
    }
  }

  /** Until it is over: by its peers, at the deadline, or because the policy is another. */
  #holdOpen(opened: OpenSocket, guard: Guard, { going, record }: Way): void {
    const { clock, sockets } = this.#parts;
    let error: unknown = null;
    const end = (reason: unknown): void => {
      // Who has said goodbye already is not cut short.
      if (!opened.closed) error ??= reason;
      opened.end(reason);
    };
    const deadlineAt = this.#deadlineAt;
    const timer = deadlineAt === null ? null : clock.after(deadlineAt - clock.now(), () => end(deadlineError()));
    const held: HeldSocket = { door: this.door, going, record, address: opened.address, end };
    void opened.whenOver.then((bytes) => {
      sockets.release(held);
      timer?.cancel();
      guard.over({ error, ...bytes });
    });
    sockets.hold(held);
  }

  #failed(record: CallRecord, error: unknown): void {
    this.note(record, { ...WITHOUT_BYTES, error });
  }

  /** Writes it down, once. */
  note(record: CallRecord, end: CallEnd): void {
    if (record.noted) return;
    record.noted = true;
    const { clock, journal, live, turnstile, underWay } = this.#parts;
    underWay.over();
    if (end.error !== null) turnstile.failed(this.door.app);
    const sample = live.last?.policy.settings(this.door.app).journal_sample ?? 1;
    const row = record.row(end, clock.now());
    journal.add(row, sample);
    report({ row, url: record.url, within: record.within });
  }
}

/** Whether they differ in no more than a fragment. */
function isSamePlace(one: URL, other: URL): boolean {
  return one.origin === other.origin && one.pathname === other.pathname && one.search === other.search;
}

/** With no longer waits for a slot or a rate than the call may take. */
function withinTime(settings: Settings, timeout: number | null): Settings {
  const most = timeout === null ? Number.POSITIVE_INFINITY : timeout * 1_000;
  return settings.queue_wait <= most ? settings : { ...settings, queue_wait: most };
}

/** What is left of them after a wait. */
function lessTime(bounds: CallBounds, waitedMs: number): CallBounds {
  const { timeout } = bounds;
  return timeout === null || waitedMs === 0 ? bounds : { ...bounds, timeout: Math.max(0, timeout - waitedMs / 1_000) };
}

function deadlineError(): BudgetExhaustedError {
  return new BudgetExhaustedError('the time for this run is over', { operation: 'web_socket', retryable: true });
}
