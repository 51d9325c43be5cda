/**
 * Traces and metrics of calls by OpenTelemetry, made from the rows of the journal, for a host that has an SDK registered;
 * without one nothing happens. Trusted side. Names: OpenTelemetry semantic conventions for HTTP clients 1.x.
 */
import {
  type Attributes,
  type Context,
  context,
  createNoopMeter,
  type Histogram,
  type MeterProvider,
  metrics,
  ProxyTracerProvider,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { portOf } from '../../net/http/trip.ts';
import type { JournalRow } from './row.ts';

const SCOPE = 'caspian-net';
/** What the conventions know; whatever else a script asks for is one value, so that it makes no series of its own. */
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);
const OTHER = '_OTHER';
const WEBSOCKET = 'WEBSOCKET';
/** Seconds; the boundaries that the conventions recommend. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** What a call belongs to: asked for when it begins. */
export type CallContext = Context;

export function currentContext(): CallContext {
  return context.active();
}

/** A call that is over. `url`: where it went first; its query and what else may be secret is not told. */
export interface Told {
  readonly row: JournalRow;
  readonly url: URL;
  readonly within: CallContext;
}

/** One span, and where a request was made one measurement, as far as somebody takes them. */
export function report({ row, url, within }: Told): void {
  const tracer = tracerNow();
  const histogram = row.tries === 0 ? null : durations();
  if (tracer === null && histogram === null) return;
  const attributes = attributesOf(row, url);
  if (tracer !== null) trackCall(tracer, { row, url, within }, attributes);
  // What the policy refused or a cache answered took no time of any server.
  histogram?.record(row.ms / 1_000, attributes, within);
}

function trackCall(tracer: Tracer, { row, url, within }: Told, common: Attributes): void {
  const attributes = { ...common, ...detailsOf(row, url) };
  const method = common['http.request.method'];
  const name = typeof method === 'string' && method !== OTHER ? method : 'HTTP';
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: row.at, attributes }, within);
  if (row.error !== null || (row.status ?? 0) >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(row.at + row.ms);
}

/** That of the SDK that is registered now; null without one. Until there is one, the provider is a proxy without a tracer. */
function tracerNow(): Tracer | null {
  const provider = trace.getTracerProvider();
  if (!(provider instanceof ProxyTracerProvider)) return provider.getTracer(SCOPE);
  return provider.getDelegateTracer(SCOPE) ?? null;
}

/** The instrument of the SDK that is registered now; null without one. */
let made: { readonly provider: MeterProvider; readonly histogram: Histogram | null } | null = null;

function durations(): Histogram | null {
  const provider = metrics.getMeterProvider();
  if (made?.provider !== provider) made = { provider, histogram: makeDurations(provider) };
  return made.histogram;
}

function makeDurations(provider: MeterProvider): Histogram | null {
  const meter = provider.getMeter(SCOPE);
  if (meter === createNoopMeter()) return null;
  return meter.createHistogram('http.client.request.duration', {
    description: 'Duration of HTTP client requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
}

function attributesOf({ method, host, status, error }: JournalRow, url: URL): Attributes {
  const failed = error ?? ((status ?? 0) >= 400 ? String(status) : null);
  return {
    'http.request.method': methodOf(method),
    'server.address': host,
    'server.port': portOf(url),
    ...(status === null ? {} : { 'http.response.status_code': status }),
    ...(failed === null ? {} : { 'error.type': failed }),
  };
}

/** A WebSocket begins with a GET. */
function methodOf(method: string): string {
  if (method === WEBSOCKET) return 'GET';
  return METHODS.has(method) ? method : OTHER;
}

/** What a span tells beside: too much of it for a metric. */
function detailsOf({ app, method, path, address, tries, cached, verdict, rule }: JournalRow, url: URL): Attributes {
  return {
    'url.full': `${url.protocol}//${url.host}${path}`,
    'caspian.app': app,
    'caspian.cached': cached,
    'caspian.verdict': verdict,
    ...(methodOf(method) === OTHER ? { 'http.request.method_original': method } : {}),
    ...(tries > 1 ? { 'http.request.resend_count': tries - 1 } : {}),
    ...(address === null ? {} : { 'network.peer.address': address, 'network.peer.port': portOf(url) }),
    ...(rule === null ? {} : { 'caspian.rule': rule }),
  };
}
