/** What a host with an OpenTelemetry SDK sees of calls; a host without one is all other tests. */
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });

beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});

afterAll(async () => {
  await reader.shutdown();
  trace.disable();
  metrics.disable();
});

test('a span and a measurement for each call, without a query or a secret', async () => {
  await using server = await startHttp((response, { url }) => response.writeHead(url === '/bad' ? 503 : 200).end());
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.secrets.set('KEY', 'sk_live_1', { hosts: [`api.test:${server.port}`] });
  const net = egress.net({ app: 'billing' });
  await (await net.fetch(`${server.origin()}/good?q=secret`, { auth: 'KEY' })).bytes();
  await (await net.fetch(`${server.origin()}/bad`, { method: 'POST' })).bytes();
  await failureOf(net.fetch('https://denied.test/'));

  const finished = spans.getFinishedSpans();
  expect(finished.map(({ name, status }) => [name, status.code])).toEqual([
    ['GET', 0],
    ['POST', 2],
    ['GET', 2],
  ]);
  expect(finished.map(({ attributes }) => attributes)).toMatchObject([
    { 'server.address': 'api.test', 'url.path': '/good', 'http.response.status_code': 200, 'caspian.app': 'billing' },
    { 'http.response.status_code': 503, 'error.type': '503' },
    { 'server.address': 'denied.test', 'error.type': 'NET_HOST_NOT_ALLOWED', 'caspian.verdict': 'denied' },
  ]);
  expect(JSON.stringify(finished.map(({ attributes, events }) => [attributes, events]))).not.toMatch(
    /sk_live|q=secret/,
  );

  await reader.forceFlush();
  const points = measured
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics: all }) => all)
    .filter(({ descriptor }) => descriptor.name === 'http.client.request.duration')
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['http.request.method']));
  expect(points.sort()).toEqual(['GET', 'GET', 'POST']);
});
