/**
 * Traces and metrics of calls by OpenTelemetry, made from the rows of the journal, for a host that has an SDK registered;
 * without one nothing happens. Trusted side. Names: OpenTelemetry semantic conventions for HTTP clients 1.x.
 */
import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  type MeterProvider,
  metrics,
  SpanKind,
  SpanStatusCode,
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

/** One span and one measurement for a call that is over. */
export function report(row: JournalRow, within: CallContext): void {
  const attributes = attributesOf(row);
  const tracer = trace.getTracer(SCOPE);
  const span = tracer.startSpan(
    row.method,
    { kind: SpanKind.CLIENT, startTime: row.at, attributes: { ...attributes, ...detailsOf(row) } },
    within,
  );
  if (row.error !== null || (row.status ?? 0) >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(row.at + row.ms);
  durations().record(row.ms / 1_000, attributes, within);
}

/** The instrument of the SDK that is registered now. */
let made: { readonly provider: MeterProvider; readonly histogram: Histogram } | null = null;

function durations(): Histogram {
  const provider = metrics.getMeterProvider();
  if (made?.provider !== provider) {
    const histogram = provider.getMeter(SCOPE).createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    });
    made = { provider, histogram };
  }
  return made.histogram;
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
