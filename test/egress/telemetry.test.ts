/** What a host with an OpenTelemetry SDK sees of calls; a host without one is all other tests. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { servedEgress } from '../helpers/egress.ts';
import { failureOf } from '../helpers/tcp-server.ts';
import { registerTelemetry } from '../helpers/telemetry.ts';

const { spans, measured, reader } = registerTelemetry();

async function points() {
  await reader.forceFlush();
  const all = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  measured.reset();
  return all.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => ({ name, unit, attributes, value })),
  );
}

async function setUp() {
  spans.reset();
  const made = await servedEgress((response, { url }) => {
    if (url === '/again') response.writeHead(302, { location: '/good' }).end();
    else response.writeHead(url === '/bad' ? 503 : 200).end();
  });
  return { ...made, net: made.egress.net({ app: 'billing' }) };
}

test('a span by the conventions of HTTP clients for each call, without a query or a secret', async () => {
  await using at = await setUp();
  const { server, net, egress } = at;
  await egress.secrets.set('KEY', 'sk_live_1', { hosts: [`api.test:${server.port}`] });
  await (await net.fetch(`${server.origin()}/good?q=secret#part`, { auth: 'KEY' })).bytes();
  await (await net.fetch(`${server.origin()}/bad`, { method: 'POST' })).bytes();
  await (await net.fetch(`${server.origin()}/again`)).bytes();
  await (await net.fetch(`${server.origin()}/good`, { method: 'PURGE' })).bytes();
  await failureOf(net.fetch('https://denied.test/'));
  await failureOf(net.webSocket(`ws://api.test:${server.port}/`));

  const finished = spans.getFinishedSpans();
  expect(finished.map(({ name, kind, status }) => [name, kind, status.code])).toEqual([
    ['GET', SpanKind.CLIENT, SpanStatusCode.UNSET],
    ['POST', SpanKind.CLIENT, SpanStatusCode.ERROR],
    ['GET', SpanKind.CLIENT, SpanStatusCode.UNSET],
    ['HTTP', SpanKind.CLIENT, SpanStatusCode.UNSET],
    ['GET', SpanKind.CLIENT, SpanStatusCode.ERROR],
    ['GET', SpanKind.CLIENT, SpanStatusCode.ERROR],
  ]);
  const rule = `allow api.test:${server.port}`;
  const sent = {
    'server.address': 'api.test',
    'server.port': server.port,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': server.port,
    'caspian.app': 'billing',
    'caspian.cached': false,
    'caspian.verdict': 'ok',
    'caspian.rule': rule,
  };
  expect(finished.map(({ attributes }) => attributes)).toEqual([
    {
      ...sent,
      'http.request.method': 'GET',
      'url.full': `http://api.test:${server.port}/good`,
      'http.response.status_code': 200,
    },
    {
      ...sent,
      'http.request.method': 'POST',
      'url.full': `http://api.test:${server.port}/bad`,
      'http.response.status_code': 503,
      'error.type': '503',
    },
    {
      ...sent,
      'http.request.method': 'GET',
      'url.full': `http://api.test:${server.port}/again`,
      'http.response.status_code': 200,
      'http.request.resend_count': 1,
    },
    {
      ...sent,
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
      'url.full': `http://api.test:${server.port}/good`,
      'http.response.status_code': 200,
    },
    {
      'http.request.method': 'GET',
      'server.address': 'denied.test',
      'server.port': 443,
      'url.full': 'https://denied.test/',
      'error.type': 'NET_HOST_NOT_ALLOWED',
      'caspian.app': 'billing',
      'caspian.cached': false,
      'caspian.verdict': 'denied',
    },
    expect.objectContaining({ 'http.request.method': 'GET', 'url.full': `ws://api.test:${server.port}/` }),
  ]);
});

test('a measurement for each call that made a request: not for what was refused or kept', async () => {
  await using at = await setUp();
  const { server, net } = at;
  for (const _ of ['asked', 'kept']) await (await net.fetch(`${server.origin()}/good`, { cache: '5m' })).bytes();
  await (await net.fetch(`${server.origin()}/bad`, { method: 'PURGE' })).bytes();
  await failureOf(net.fetch('https://denied.test/'));
  const common = { 'server.address': 'api.test', 'server.port': server.port };
  const ours = (await points()).filter(({ attributes }) => attributes['server.port'] === server.port);
  expect(ours).toEqual([
    {
      name: 'http.client.request.duration',
      unit: 's',
      attributes: { ...common, 'http.request.method': 'GET', 'http.response.status_code': 200 },
      value: expect.objectContaining({ count: 1 }),
    },
    {
      name: 'http.client.request.duration',
      unit: 's',
      attributes: {
        ...common,
        'http.request.method': '_OTHER',
        'http.response.status_code': 503,
        'error.type': '503',
      },
      value: expect.objectContaining({ count: 1 }),
    },
  ]);
  expect(spans.getFinishedSpans()).toHaveLength(4);
});
