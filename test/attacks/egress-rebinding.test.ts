/** A name whose answers change: between the check and the dialling, between two calls, and under a connection that is kept. */
import { expect, test } from 'vitest';
import { allowServer, LOOPBACK, testEgress, watchDials } from '../helpers/egress.ts';
import { type Answer, startHttp } from '../helpers/http-server.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const REFUSED = { code: 'NET_ADDRESS_NOT_ALLOWED' };
/** Answers that are good for whoever asks first, and bad for whoever asks again. */
const BAD = [['127.0.0.2'], ['169.254.169.254'], [...LOOPBACK, '10.0.0.1'], ['10.0.0.1', ...LOOPBACK]];

/** An egress whose name server is in the test's hand, and a server behind the name. */
async function setUp(answer?: Answer) {
  const server = await startHttp(answer);
  const dns = { answers: LOOPBACK as readonly string[], asked: 0 };
  const made = await testEgress({
    resolve: async () => {
      dns.asked += 1;
      return dns.answers;
    },
  });
  await allowServer(made.egress, server);
  await made.egress.set('calls_per_run', 1_000);
  return {
    dns,
    server,
    egress: made.egress,
    net: made.egress.net({ app: 'a' }),
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('each call looks a name up once, and dials what that answer said', async () => {
  await using server = await startHttp();
  let turn = 0;
  await using made = await testEgress({ resolve: async () => (turn++ % 2 === 0 ? LOOPBACK : ['127.0.0.2']) });
  await allowServer(made.egress, server);
  const net = made.egress.net({ app: 'a' });
  expect((await net.fetch(server.origin(), { headers: { connection: 'close' } })).status).toBe(200);
  expect(turn).toBe(1);
});

test('an answer that has become bad refuses, however good the ones before were', async () => {
  await using made = await setUp((response) => response.writeHead(200, { connection: 'close' }).end());
  const { dns, net, server } = made;
  using dials = watchDials();
  for (let round = 0; round < 20; round++) {
    dns.answers = round % 2 === 0 ? LOOPBACK : (BAD[((round - 1) / 2) % BAD.length] ?? []);
    const fetched = net.fetch(server.origin());
    if (round % 2 === 0) expect((await fetched).status).toBe(200);
    else expect(await failureOf(fetched)).toMatchObject(REFUSED);
  }
  expect(server.connections.accepted).toBe(10);
  expect(dials.count).toBe(10);
});

test.each(BAD)('a second connection beside one that is kept: %s, %s', async (...bad) => {
  const held: (() => void)[] = [];
  await using made = await setUp((response, { url }) => {
    if (url === '/hold') held.push(() => response.end());
    else response.end();
  });
  const { dns, net, server } = made;
  await (await net.fetch(server.origin())).bytes();
  const holding = net.fetch(`${server.origin()}/hold`);
  await until(() => held.length === 1);
  dns.answers = bad.filter((each) => each !== undefined);
  using dials = watchDials();
  for (const options of [{}, { retry: 3 }, { method: 'POST', body: 'x' }]) {
    expect(await failureOf(net.fetch(server.origin(), options))).toMatchObject(REFUSED);
  }
  expect(dials.count).toBe(0);
  held[0]?.();
  // The one that was vetted goes on.
  await (await holding).bytes();
  await (await net.fetch(server.origin())).bytes();
  expect(server.connections.accepted).toBe(1);
});

test('another try', async () => {
  await using made = await setUp((response) => {
    made.dns.answers = ['10.0.0.1'];
    response.writeHead(503, { connection: 'close', 'retry-after': '0' }).end();
  });
  using dials = watchDials();
  expect(await failureOf(made.net.fetch(made.server.origin(), { retry: 3 }))).toMatchObject(REFUSED);
  expect(dials.count).toBe(1);
  expect(made.server.seen).toHaveLength(1);
});

test('a connection that had died of old age', async () => {
  await using made = await setUp((response) => {
    response.end();
    const { socket } = response;
    // As a server does that closes what is idle, just as it is used again.
    if (made.server.seen.length === 1) setImmediate(() => socket?.once('data', () => socket.destroy()));
  });
  await (await made.net.fetch(made.server.origin())).bytes();
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  made.dns.answers = ['169.254.169.254'];
  using dials = watchDials();
  expect(await failureOf(made.net.fetch(made.server.origin()))).toMatchObject(REFUSED);
  expect(dials.count).toBe(0);
});

test('a redirect to the same name over another connection', async () => {
  await using made = await setUp((response) => {
    made.dns.answers = ['127.0.0.2'];
    response.writeHead(302, { location: '/again', connection: 'close' }).end();
  });
  using dials = watchDials();
  expect(await failureOf(made.net.fetch(made.server.origin()))).toMatchObject(REFUSED);
  expect(dials.count).toBe(1);
});

test('an event stream that connects again', async () => {
  await using made = await setUp((response) => {
    made.dns.answers = ['127.0.0.2'];
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    response.end('retry: 100\ndata: x\n\n');
  });
  using dials = watchDials();
  const stream = await made.net.eventSource(made.server.origin());
  expect(await stream.next()).toMatchObject({ data: 'x' });
  expect(await failureOf(stream.next())).toMatchObject(REFUSED);
  expect(dials.count).toBe(1);
});

test('a second WebSocket', async () => {
  await using made = await setUp();
  await using sockets = await startSockets(echo);
  await allowServer(made.egress, sockets);
  const url = `ws://api.test:${sockets.port}/`;
  const first = await made.net.webSocket(url);
  made.dns.answers = ['127.0.0.2'];
  using dials = watchDials();
  expect(await failureOf(made.net.webSocket(url))).toMatchObject(REFUSED);
  expect(dials.count).toBe(0);
  await first.close();
});

test('another connection of HTTP/2, once the server wants no more on the first', async () => {
  await using server = await startHttp2((_request, response) => response.end('x'));
  let answers: readonly string[] = LOOPBACK;
  await using made = await testEgress({ resolve: async () => answers });
  await allowServer(made.egress, server);
  const net = made.egress.net({ app: 'a' });
  await (await net.fetch(server.origin())).bytes();
  answers = ['10.0.0.1'];
  for (const session of server.sessions) session.close();
  await until(() => server.sessions.size === 0);
  using dials = watchDials();
  expect(await failureOf(net.fetch(server.origin()))).toMatchObject(REFUSED);
  expect(dials.count).toBe(0);
});

test('a name that answers with nothing, with what is no address, or with too much', async () => {
  await using made = await setUp();
  using dials = watchDials();
  for (const bad of [[], ['localhost'], ['127.1'], ['0x7f.1'], ['::1%lo'], ['fe80::1%eth0'], [''], [' 127.0.0.1']]) {
    made.dns.answers = bad;
    expect((await failureOf(made.net.fetch(made.server.origin()))).code).toMatch(
      /NET_ADDRESS_NOT_ALLOWED|NET_DNS|NET_HOST_NOT_ALLOWED/,
    );
  }
  expect(dials.count).toBe(0);
});
