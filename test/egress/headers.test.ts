/** Headers of a script's that would break the guard, by every way to make a request. */
import { expect, test } from 'vitest';
import type { HeadersOption } from '../../src/net/http/options.ts';
import type { Net } from '../../src/net/net.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const DROPPED: HeadersOption = {
  Host: 'inside.test',
  Connection: 'x-plain',
  'Proxy-Authorization': 'p',
  'proxy-connection': 'p',
  'Proxy-X': 'p',
  'Transfer-Encoding': 'chunked',
  TE: 'trailers',
  Trailer: 'x',
  Upgrade: 'h2c',
  'Keep-Alive': 'timeout=1',
  'Accept-Encoding': 'compress',
};

const WAYS: Readonly<Record<string, (net: Net, url: string, headers: HeadersOption) => Promise<unknown>>> = {
  fetch: (net, url, headers) => net.fetch(url, { headers }),
  client: (net, url, headers) => net.http.client.new({ headers }).get(url),
  'a client’s request': (net, url, headers) => net.http.client.new().get(url, { headers }),
  jail: (net, url, headers) => net.http.client.jail('api.test').fetch(url, { headers }),
  fetchAll: (net, url, headers) => net.fetchAll([{ url, headers }]),
  'event stream': async (net, url, headers) => (await net.eventSource(url, { headers })).close(),
  webSocket: async (net, url, headers) => (await net.webSocket(url.replace('http', 'ws'), { headers })).close(),
};

test.each(Object.keys(WAYS))('%s drops them, says so, and sends the rest', async (name) => {
  await using server = await startHttp((response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
  );
  await using sockets = await startSockets(echo);
  await using made = await testEgress();
  const { port } = name === 'webSocket' ? sockets : server;
  await allowServer(made.egress, { port });
  const net = made.egress.net({ app: 'a' });
  const dropped: string[] = [];
  net.on('decision', (decision) => {
    if (decision.verdict === 'header_dropped') dropped.push(decision.header);
  });
  const url = `http://api.test:${port}/`;
  await WAYS[name]?.(net, url, { ...DROPPED, 'x-plain': 'yes' });
  // Leaving a default out is a way to say something as well.
  await WAYS[name]?.(net, url, { 'accept-encoding': null });
  const seen = [...server.seen, ...sockets.asked].map(({ headers }) => headers);
  expect(seen).toHaveLength(2);
  expect(seen[0]).toMatchObject({ host: `api.test:${port}`, 'x-plain': 'yes' });
  for (const headers of seen) {
    expect(JSON.stringify(headers)).not.toMatch(/inside\.test|"proxy-|chunked|"te"|"trailer"|h2c|timeout=1|compress"/);
    if (name !== 'webSocket') expect(headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
  }
  const names = Object.keys(DROPPED).map((each) => each.toLowerCase());
  expect(dropped.sort()).toEqual([...names, 'accept-encoding'].sort());
});
