/** Through a proxy: CONNECT and SOCKS 5, names and addresses, credentials, and everything that a proxy can do wrong. */
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { startHttp2 } from '../../../test/helpers/http2-server.ts';
import { type ProxyOptions, startConnectProxy, startSocksProxy } from '../../../test/helpers/proxy-server.ts';
import { failureOf, startTcp, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { startSockets } from '../../../test/helpers/web-socket-server.ts';

const KINDS = [
  ['http', startConnectProxy],
  ['socks5', startSocksProxy],
] as const;

describe.each(KINDS)('%s', (scheme, start) => {
  it('carries http and https, one connection for each origin, used again', async () => {
    await using proxy = await start();
    await using plain = await startHttp((response) => response.end('plain'));
    await using tls = await startHttp((response) => response.end('tls'), 'good');
    await using shared = await startHttp2((_request, response) => response.end('shared'));
    await using net = testNet({ ca: pemOf('ca') });
    const client = net.http.client.new({ proxy: `${scheme}://proxy.test:${proxy.port}` });
    const fetched: string[] = [];
    for (const server of [plain, tls, shared, plain, tls, shared]) {
      fetched.push(await (await client.get(server.origin())).text());
    }
    expect(fetched).toEqual(['plain', 'tls', 'shared', 'plain', 'tls', 'shared']);
    expect(proxy.asked.map(({ target }) => target)).toEqual([plain, tls, shared].map(({ port }) => `api.test:${port}`));
    await (await net.fetch(plain.origin())).bytes();
    expect(plain.connections.accepted).toBe(2);
  });

  it('is told who asks, and other credentials have other connections', async () => {
    await using proxy = await start({ credentials: 'me:p:ä' });
    await using server = await startHttp((response) => response.end('x'));
    await using net = testNet();
    const by = (user: string) => net.http.client.new({ proxy: `${scheme}://${user}proxy.test:${proxy.port}` });
    const me = by('me:p%3A%C3%A4@');
    expect(await (await me.get(server.origin())).text()).toBe('x');
    for (const user of ['', 'me:s3cret@']) {
      const failure = await failureOf(by(user).get(server.origin()));
      expect(failure).toMatchObject({ code: 'NET_REFUSED', retryable: false, host: 'api.test' });
      expect(failure.message).not.toContain('s3cret');
    }
    expect(server.connections.accepted).toBe(1);
  });

  it.each([
    ['nothing sensible', 'SSH-2.0-x\r\n\r\n\r\n', 'NET_PROTOCOL'],
    [
      'more than its answer',
      scheme === 'http'
        ? 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'
        : Buffer.from([5, 0, 0, 1, 1, 1, 1, 1, 1, 1, 72]),
      'NET_PROTOCOL',
    ],
    [
      'no',
      scheme === 'http' ? 'HTTP/1.1 502 Bad Gateway\r\n\r\n' : Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
      'NET_REFUSED',
    ],
    [
      'no such thing',
      scheme === 'http' ? 'HTTP/1.1 403 No\r\n\r\n' : Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
      'NET_REFUSED',
    ],
    [
      'an odd no',
      scheme === 'http'
        ? 'HTTP/1.1 302 No\r\nLocation: http://x/\r\n\r\n'
        : Buffer.from([5, 99, 0, 1, 0, 0, 0, 0, 0, 0]),
      'NET_REFUSED',
    ],
    [
      'endless words',
      scheme === 'http' ? `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(10_000)}` : Buffer.alloc(100_000, 9),
      'NET_PROTOCOL',
    ],
  ])('fails well where the proxy says %s', async (_what, answer, code) => {
    await using proxy = await start({ answer } satisfies ProxyOptions);
    await using net = testNet();
    const client = net.http.client.new({ proxy: `${scheme}://proxy.test:${proxy.port}` });
    expect(await failureOf(client.get('http://api.test/'))).toMatchObject({ code, host: 'api.test' });
  });

  it('fails well where the proxy goes, stalls, or is not there', async () => {
    await using server = await startTcp();
    await using net = testNet();
    const client = net.http.client.new({ proxy: `${scheme}://proxy.test:${server.port}` });
    const gone = failureOf(client.get('http://api.test/'));
    (await server.accept()).end();
    expect(await gone).toMatchObject({ code: 'NET_RESET' });
    const stalled = failureOf(client.get('http://api.test/', { timeout: 0.2 }));
    const socket = await server.accept();
    expect(await stalled).toMatchObject({ code: 'NET_TIMEOUT', phase: 'connect' });
    await until(() => socket.readableEnded || socket.destroyed || socket.resume().readableEnded);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const nowhere = net.http.client.new({ proxy: `${scheme}://proxy.test:${port}` });
    expect(await failureOf(nowhere.get('http://api.test/'))).toMatchObject({ code: 'NET_REFUSED' });
  });
});

it.each([
  'proxy.test:1',
  'https://proxy.test:1',
  'ftp://proxy.test',
  'http://',
  'http://a b',
  'http://p.test/x',
  'socks5://p.test:0',
  'http://u%zz@p.test',
  'socks4://p.test',
  7,
])('refuses %j', async (proxy) => {
  await using net = testNet();
  expect(() => Reflect.apply(net.http.client.new, null, [{ proxy }])).toThrow(/proxy/);
});

it('carries WebSockets and event streams too', async () => {
  await using proxy = await startConnectProxy();
  await using sockets = await startSockets((socket) => socket.on('message', (data) => socket.send(String(data))));
  await using events = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: x\n\n');
  });
  await using net = testNet({ proxy: `http://proxy.test:${proxy.port}` });
  const socket = await net.webSocket(`ws://api.test:${sockets.port}/`);
  await socket.send('hello');
  expect(await socket.recv()).toBe('hello');
  await socket.close();
  const source = await net.eventSource(events.origin());
  expect(await source.next()).toMatchObject({ data: 'x' });
  await source.close();
  expect(proxy.asked.map(({ target }) => target)).toEqual([`api.test:${sockets.port}`, `api.test:${events.port}`]);
});

it('takes the host program’s proxy for everything, and none beside it', async () => {
  await using proxy = await startConnectProxy();
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet({ proxy: `http://proxy.test:${proxy.port}` }, { allowNet: ['proxy.test', 'api.test'] });
  await (await net.fetch(server.origin())).bytes();
  await (await net.narrow(['api.test']).fetch(server.origin())).bytes();
  await (await net.http.client.jail('api.test').fetch(server.origin())).bytes();
  expect(proxy.accepted).toBe(1);
  expect(server.connections.accepted).toBe(1);
  expect(() => net.http.client.new({ proxy: 'http://api.test:1' })).toThrow('already');
  expect(() => testNet({ proxy: 'http://proxy.test:1' }, { allowNet: ['api.test'] })).toThrow(
    expect.objectContaining({ code: 'NET_HOST_NOT_ALLOWED' }),
  );
});
