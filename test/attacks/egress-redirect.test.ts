/** A server that is allowed and sends the call on to where it may not go, in each way to say so: no packet leaves for there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowServer, type TestEgress, testEgress, watchDials } from '../helpers/egress.ts';
import { type HttpServer, startHttp, startRaw } from '../helpers/http-server.ts';
import { failureOf, startTcp, type TestServer } from '../helpers/tcp-server.ts';

const HOST = 'NET_HOST_NOT_ALLOWED';
const ADDRESS = 'NET_ADDRESS_NOT_ALLOWED';
const PLACES = [
  ['http://127.0.0.1:PORT/', HOST],
  ['http://0x7f.1:PORT/', HOST],
  ['http://2130706433:PORT/', HOST],
  ['http://0177.0.0.1:PORT/', HOST],
  ['http://１２７.0.0.1:PORT/', HOST],
  ['//127.1:PORT/', HOST],
  ['\\\\127.0.0.1:PORT\\', HOST],
  ['/\\127.0.0.1:PORT/', HOST],
  ['http:\\\\127.0.0.1:PORT/', HOST],
  ['http:127.0.0.1:PORT/', 'NET_PROTOCOL'],
  ['ht\ttp://127.0.0.1:PORT/', 'NET_PROTOCOL'],
  ['http://[::ffff:127.0.0.1]:PORT/', HOST],
  ['http://[64:ff9b::7f00:1]:PORT/', HOST],
  ['http://169.254.169.254/latest/meta-data/', HOST],
  ['http://inside.test:PORT/', ADDRESS],
  ['https://inside.test:PORT/', ADDRESS],
  ['http://INSIDE.test.:PORT/', ADDRESS],
  ['http://api.test@inside.test:PORT/', ADDRESS],
  ['http://api.test:80@inside.test:PORT/', ADDRESS],
  ['http://inside.test:PORT\\@api.test/', ADDRESS],
  ['http://unknown.test:PORT/', HOST],
  ['http://api.test.evil.test:PORT/', HOST],
  ['http://sealed.test:PORT/', HOST],
  ['file:///etc/passwd', 'NET_PROTOCOL'],
  ['gopher://127.0.0.1:PORT/_x', 'NET_PROTOCOL'],
  ['ws://inside.test:PORT/', 'NET_PROTOCOL'],
  ['javascript:1', 'NET_PROTOCOL'],
  ['data:text/plain,x', 'NET_PROTOCOL'],
] as const;
const STATUSES = [301, 302, 303, 307, 308];

let made: TestEgress;
let inside: TestServer;
let server: HttpServer;
let [status, location] = [302, ''];
beforeAll(async () => {
  [made, inside, server] = await Promise.all([
    testEgress(),
    startTcp(),
    startHttp((response) => response.writeHead(status, { location, refresh: `0; url=${location}` }).end()),
  ]);
  const { egress } = made;
  await allowServer(egress, server);
  // Allowed by name, and its address is opened for nobody; and one that takes https alone.
  await egress.allow('inside.test:*', { httpsOnly: false });
  await egress.allow('sealed.test:*', { allowAddresses: ['127.0.0.1'] });
  await egress.set('app_rate', '100000/min');
  await egress.set('total_rate', '100000/min');
  await egress.set('calls_per_run', 1_000);
});
afterAll(async () => {
  await made[Symbol.asyncDispose]();
  await Promise.all([inside[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
});

test.each(PLACES)('to %s', async (place, code) => {
  const net = made.egress.net({ app: 'a' });
  const url = server.origin();
  const before = server.connections.accepted;
  using dials = watchDials();
  location = Buffer.from(place.replace('PORT', String(inside.port)), 'utf8').toString('latin1');
  for (status of STATUSES) {
    for (const ask of [
      () => net.fetch(url, { retry: 2 }),
      () => net.fetch(url, { method: 'POST', body: 'x' }),
      () => net.fetch(url, { cache: '5m' }),
      () => net.http.client.new({ cookies: true }).get(url),
      () => net.eventSource(url),
    ]) {
      expect([status, (await failureOf(ask())).code]).toEqual([status, code]);
    }
  }
  // Whatever was dialled was the server itself.
  expect(dials.count).toBe(server.connections.accepted - before);
  expect(inside.accepted).toBe(0);
});

test('nothing else that a response says is followed', async () => {
  const to = `http://inside.test:${inside.port}/`;
  await using saying = await startRaw((socket, turn) => {
    const hints = [
      `Link: <${to}>; rel=preload`,
      `Refresh: 0; url=${to}`,
      `Content-Location: ${to}`,
      `Location: ${to}`,
      `URI: ${to}`,
      `Alt-Svc: h2="inside.test:${inside.port}"; ma=3600, h3=":${inside.port}"`,
      `Alt-Used: inside.test:${inside.port}`,
      `Proxy-Status: x`,
      `NEL: {"report_to":"x","max_age":1}`,
      `Report-To: {"group":"x","max_age":1,"endpoints":[{"url":"${to}"}]}`,
      `Upgrade: h2c`,
      'Connection: keep-alive, upgrade',
    ].join('\r\n');
    const codes = [200, 201, 202, 300, 304, 305, 306, 399, 401, 407];
    const code = codes[(turn - 1) % codes.length] ?? 200;
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <${to}>; rel=preconnect\r\n\r\n`);
    socket.write(`HTTP/1.1 ${code} X\r\n${hints}\r\nContent-Length: 0\r\n\r\n`);
  });
  await allowServer(made.egress, saying);
  const net = made.egress.net({ app: 'a' });
  await (await net.fetch(saying.origin())).bytes();
  using dials = watchDials();
  for (let turn = 1; turn < 20; turn++) {
    const response = await net.fetch(saying.origin());
    await response.bytes();
    expect(response.redirectChain).toEqual([]);
  }
  // All over the one connection, to the one server.
  expect(dials.count).toBe(0);
  expect(inside.accepted).toBe(0);
  const socket = net.webSocket(`ws://api.test:${saying.port}/`);
  expect(await failureOf(socket)).toMatchObject({ code: expect.stringMatching(/HTTP_STATUS|NET_PROTOCOL/) });
  expect(inside.accepted).toBe(0);
});

test.each(STATUSES)('a WebSocket follows no %i', async (code) => {
  const net = made.egress.net({ app: 'a' });
  status = code;
  location = `http://inside.test:${inside.port}/`;
  expect((await failureOf(net.webSocket(`ws://api.test:${server.port}/`))).code).toBe('HTTP_STATUS');
  expect(inside.accepted).toBe(0);
});
