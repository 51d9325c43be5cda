/** What a script says and sees of an egress, over every face of a net. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allowServer, type TestEgress, testEgress } from '../helpers/egress.ts';
import { type Case, FACES } from '../helpers/faces.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { type SocketServer, startSockets } from '../helpers/web-socket-server.ts';

/** Each face has a host of its own that may be asked once. */
const RATED = FACES.map((_, at) => `rated-${at}.test`);

let server: HttpServer;
let sockets: SocketServer;
let made: TestEgress;
let busy = 0;
beforeAll(async () => {
  server = await startHttp((response, { url, headers }) => {
    if (url === '/busy' && ++busy % 2 === 1) return void response.writeHead(503, { 'retry-after': '0' }).end();
    if (url === '/events') response.setHeader('content-type', 'text/event-stream');
    const sent = headers['authorization'] ?? headers['x-key'] ?? url;
    response
      .setHeader('x-echo', sent)
      .end(url === '/events' ? `data: ${sent}\n\n` : `${sent} ${headers['x-tenant'] ?? ''}`);
  });
  sockets = await startSockets((socket, request) => socket.send(String(request.headers['authorization'])));
  made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await allowServer(egress, sockets);
  for (const host of RATED) await allowServer(egress, server, { host, rate: '1/d' });
  await egress.set('app_rate', '10000/min');
  await egress.set('total_rate', '10000/min');
  const hosts = [`api.test:${server.port}`, `api.test:${sockets.port}`];
  await egress.secrets.set('KEY', 'u:pass', { hosts });
});
afterAll(async () => {
  await made[Symbol.asyncDispose]();
  await Promise.all([server[Symbol.asyncDispose](), sockets[Symbol.asyncDispose]()]);
});

describe.each(FACES)('$name', (face) => {
  const run = (one: Case, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
    face.run(made.egress.net({ app: face.name.replaceAll(' ', '-') }), one, {
      url: server.origin(),
      ws: `ws://api.test:${sockets.port}/`,
      rated: server.origin(RATED[FACES.indexOf(face)]),
      ...more,
    });

  test('names a secret in each way, and sees it nowhere but where a body says it', async () => {
    expect(
      await run({
        js: `const seen = [];
          for (const auth of ['KEY', {secret: 'KEY', as: 'basic'}, {secret: 'KEY', as: 'header:X-Key'}, {secret: 'KEY', as: 'query:k'}]) {
            const r = await net.fetch(data.url + '/x', { auth });
            seen.push(await r.text(), r.header('x-echo'), r.url === data.url + '/x');
          }
          const client = net.http.client.new({ auth: 'KEY', baseUrl: data.url });
          seen.push(await (await client.get('/y')).text());
          return seen;`,
        casp: `$seen = []
          ['KEY', {secret: 'KEY', as: 'basic'}, {secret: 'KEY', as: 'header:X-Key'}, {secret: 'KEY', as: 'query:k'}].each do($auth)
            $r = %net.fetch($data['url'] + '/x', auth: $auth)
            $seen = $seen + [$r.text, $r.header('x-echo'), $r.url == $data['url'] + '/x']
          end
          $client = %net.http.client.new(auth: 'KEY', base_url: $data['url'])
          puts %utils.json.generate($seen + [$client.get('/y').text])`,
      }),
    ).toEqual([
      'Bearer u:pass ',
      'Bearer ***',
      true,
      'Basic dTpwYXNz ',
      'Basic ***',
      true,
      'u:pass ',
      '***',
      true,
      '/x?k=u%3Apass ',
      '/x?k=***',
      true,
      'Bearer u:pass ',
    ]);
  });

  test('says what may be kept, by which key, and is told', async () => {
    expect(
      await run({
        js: `const seen = [];
          const ask = async (path, options) => {
            const r = await net.fetch(data.url + path, options);
            seen.push([await r.text(), r.fromCache]);
          };
          await ask('/c', { cache: '5m' });
          await ask('/c', { cache: '5m' });
          await ask('/c', { cache: 300, cacheRefresh: true });
          await ask('/c', { cache: false });
          await ask('/k?1', { cache: '5m', cacheKey: 'k' });
          await ask('/k?2', { cache: '5m', cacheKey: 'k' });
          for (const tenant of ['a', 'b', 'a']) {
            await ask('/v', { cache: '5m', cacheVary: ['x-tenant'], headers: { 'x-tenant': tenant } });
          }
          return seen;`,
        casp: `$seen = []
          $ask = closure($path, $options)
            $r = %net.fetch($data['url'] + $path, $options)
            $seen = $seen + [[$r.text, $r.from_cache?]]
          end
          $ask.call('/c', {cache: '5m'})
          $ask.call('/c', {cache: '5m'})
          $ask.call('/c', {cache: 300, cache_refresh: true})
          $ask.call('/c', {cache: false})
          $ask.call('/k?1', {cache: '5m', cache_key: 'k'})
          $ask.call('/k?2', {cache: '5m', cache_key: 'k'})
          ['a', 'b', 'a'].each do($tenant)
            $ask.call('/v', {cache: '5m', cache_vary: ['x-tenant'], headers: {'x-tenant': $tenant}})
          end
          puts %utils.json.generate($seen)`,
      }),
    ).toEqual([
      ['/c ', false],
      ['/c ', true],
      ['/c ', false],
      ['/c ', false],
      ['/k?1 ', false],
      ['/k?1 ', true],
      ['/v a', false],
      ['/v b', false],
      ['/v a', true],
    ]);
  });

  test('is told of a denial what it is, whether another time may do, and when', async () => {
    const seen = await run({
      js: `const seen = [];
        const told = async (make) => {
          try { await make(); seen.push('went'); }
          catch (error) { seen.push([error.code, error.retryable, error.retryAfter > 0]); }
        };
        await told(() => net.fetch('https://elsewhere.test/'));
        await told(() => net.fetch(data.url, { auth: 'NO_BODYS' }));
        await told(() => net.fetch(data.rated));
        await told(() => net.fetch(data.rated));
        await told(async () => (await net.fetch(data.url, { maxBody: 1 })).bytes());
        await told(() => net.tcp('api.test', 443));
        await told(() => net.resolve('api.test'));
        await told(() => net.webSocket('wss://elsewhere.test/'));
        return seen;`,
      casp: `$seen = []
        $told = closure($make)
          $e = catch('puck.uno/error')
            $make.call
            $seen = $seen + ['went']
          end
          if $e
            $after = $e.retry_after
            $seen = $seen + [[$e.code, $e.retryable?, $after != null and $after > 0]]
          end
        end
        $told.call(closure() %net.fetch('https://elsewhere.test/') end)
        $told.call(closure() %net.fetch($data['url'], auth: 'NO_BODYS') end)
        $told.call(closure() %net.fetch($data['rated']) end)
        $told.call(closure() %net.fetch($data['rated']) end)
        $told.call(closure() %net.fetch($data['url'], max_body: 1).body end)
        $told.call(closure() %net.tcp('api.test', 443) end)
        $told.call(closure() %net.resolve('api.test') end)
        $told.call(closure() %net.web_socket('wss://elsewhere.test/') end)
        puts %utils.json.generate($seen)`,
    });
    const rated = ['NET_RATE', true, true];
    expect(seen).toEqual([
      ['NET_HOST_NOT_ALLOWED', false, false],
      ['NET_AUTH', false, false],
      'went',
      rated,
      ['NET_SIZE', false, false],
      ['NET_HOST_NOT_ALLOWED', false, false],
      ['NET_HOST_NOT_ALLOWED', false, false],
      ['NET_HOST_NOT_ALLOWED', false, false],
    ]);
  });

  test('tries again, holds a WebSocket and an event stream, with a secret', async () => {
    expect(
      await run({
        js: `const again = await net.fetch(data.url + '/busy', { retry: 2 });
          const socket = await net.webSocket(data.ws, { auth: 'KEY' });
          const said = await socket.recv();
          await socket.close();
          const events = await net.eventSource(data.url + '/events', { auth: 'KEY' });
          const { data: event } = await events.next();
          await events.close();
          return [again.status, said, event];`,
        casp: `$again = %net.fetch($data['url'] + '/busy', retry: 2)
          $socket = %net.web_socket($data['ws'], auth: 'KEY')
          $said = $socket.recv
          $socket.close
          $events = %net.event_source($data['url'] + '/events', auth: 'KEY')
          $event = $events.next
          $events.close
          puts %utils.json.generate([$again.status, $said, $event['data']])`,
      }),
    ).toEqual([200, 'Bearer u:pass', 'Bearer u:pass']);
  });
});
