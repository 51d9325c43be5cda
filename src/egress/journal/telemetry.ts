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
import type { JournalRow } from './row.ts';

const SCOPE = 'caspian-net';
/** Seconds; the boundaries that the conventions recommend. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** What a call belongs to: asked for when it begins. */
export type CallContext = Context;

export function currentContext(): CallContext {
  return context.active();
}

/** One span and one measurement for a call that is over, as far as somebody takes them. */
export function report(row: JournalRow, within: CallContext): void {
  const tracer = tracerNow();
  const histogram = durations();
  if (tracer === null && histogram === null) return;
  const attributes = attributesOf(row);
  if (tracer !== null) trackCall(tracer, row, attributes, within);
  histogram?.record(row.ms / 1_000, attributes, within);
}

function trackCall(tracer: Tracer, row: JournalRow, attributes: Attributes, within: CallContext): void {
  const span = tracer.startSpan(
    row.method,
    { kind: SpanKind.CLIENT, startTime: row.at, attributes: { ...attributes, ...detailsOf(row) } },
    within,
  );
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

function attributesOf({ method, host, status, error }: JournalRow): Attributes {
  const failed = error ?? ((status ?? 0) >= 400 ? String(status) : null);
  return {
    'http.request.method': method,
    'server.address': host,
    ...(status === null ? {} : { 'http.response.status_code': status }),
    ...(failed === null ? {} : { 'error.type': failed }),
  };
}

/** What a span tells beside: too much of it for a metric. Without the query, as in the journal. */
function detailsOf({ app, path, address, tries, cached, verdict, rule }: JournalRow): Attributes {
  return {
    'url.path': path,
    'http.request.resend_count': Math.max(0, tries - 1),
    'caspian.app': app,
    'caspian.cached': cached,
    'caspian.verdict': verdict,
    ...(address === null ? {} : { 'network.peer.address': address }),
    ...(rule === null ? {} : { 'caspian.rule': rule }),
  };
}
