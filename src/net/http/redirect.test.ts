/** Redirects: the decision by table, then the client following them over two origins. */
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { nextHop } from './redirect.ts';

const here = new URL('http://a.test/dir/page?q#part');

function go(location: string | readonly string[] | undefined, status = 302, method = 'GET') {
  const next = nextHop({ status, location, method, url: here });
  if (next.kind === 'follow') return next.url.href;
  return next.kind === 'broken' ? `broken: ${next.reason}` : next.kind;
}

describe('where a response leads', () => {
  it.each([
    [301, 'GET', 'GET', true],
    [301, 'HEAD', 'HEAD', true],
    [301, 'POST', 'GET', false],
    [301, 'PUT', 'PUT', true],
    [301, 'DELETE', 'DELETE', true],
    [302, 'GET', 'GET', true],
    [302, 'HEAD', 'HEAD', true],
    [302, 'POST', 'GET', false],
    [302, 'PATCH', 'PATCH', true],
    [303, 'GET', 'GET', false],
    [303, 'HEAD', 'HEAD', true],
    [303, 'POST', 'GET', false],
    [303, 'PUT', 'GET', false],
    [303, 'DELETE', 'GET', false],
    [307, 'GET', 'GET', true],
    [307, 'HEAD', 'HEAD', true],
    [307, 'POST', 'POST', true],
    [307, 'PUT', 'PUT', true],
    [308, 'POST', 'POST', true],
    [308, 'DELETE', 'DELETE', true],
  ])('%i to %s becomes %s', (status, method, becomes, keepsBody) => {
    expect(nextHop({ status, location: '/x', method, url: here })).toMatchObject({
      kind: 'follow',
      method: becomes,
      keepsBody,
    });
  });

  it.each([200, 201, 300, 304, 305, 306, 309, 399, 404])('%i is no redirect', (status) => {
    expect(go('/x', status)).toBe('stay');
  });

  it.each([
    [undefined, 'stay'],
    ['/x', 'http://a.test/x#part'],
    ['x', 'http://a.test/dir/x#part'],
    ['?y', 'http://a.test/dir/page?y#part'],
    ['', 'http://a.test/dir/page?q#part'],
    ['#other', 'http://a.test/dir/page?q#other'],
    ['//b.test/', 'http://b.test/#part'],
    ['https://b.test/z#own', 'https://b.test/z#own'],
    [' /x ', 'http://a.test/x#part'],
    ['http://user:secret@b.test/', 'http://b.test/#part'],
    ['http://evil.test\\@good.test/', 'http://evil.test/@good.test/#part'],
    ['HTTP://B.TEST:80/', 'http://b.test/#part'],
    [Buffer.from('/grüße', 'utf8').toString('latin1'), 'http://a.test/gr%C3%BC%C3%9Fe#part'],
    ['/gr\u00fc\u00dfe', 'http://a.test/gr%C3%BC%C3%9Fe#part'],
    ['http://', 'broken: its Location can not be read: http://'],
    ['http://a b/', 'broken: its Location can not be read: http://a b/'],
    ['/a\tb', 'broken: its Location can not be read: /a\\u{9}b'],
    ['ftp://b.test/', 'broken: its Location has the scheme ftp:'],
    ['file:///etc/passwd', 'broken: its Location has the scheme file:'],
    ['javascript:alert(1)', 'broken: its Location has the scheme javascript:'],
    ['data:,x', 'broken: its Location has the scheme data:'],
    [['/x', '/y'], 'broken: it has more than one Location'],
    [['/x', '/x'], 'broken: it has more than one Location'],
  ])('%j leads to %j', (location, leads) => {
    expect(go(location)).toBe(leads);
  });
});

/** A server that sends `/from` on to `to`, with this status. */
function startRedirects(status: number, to: () => string) {
  return startHttp((response, { url }) => {
    if (url === '/from') response.writeHead(status, { location: to() });
    response.end('body');
  });
}

describe('following', () => {
  const statuses = [301, 302, 303, 307, 308];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];
  const hosts = ['api.test', 'other.test'];
  const credentials = ['none', 'header', 'auth', 'client'];
  const cases = statuses.flatMap((status) =>
    methods.flatMap((method) => hosts.flatMap((host) => credentials.map((kind) => ({ status, method, host, kind })))),
  );

  it('does to method, body and credentials what each case asks for', async () => {
    let to = '';
    let status = 301;
    await using server = await startHttp((response, { url }) => {
      if (url === '/from') response.writeHead(status, { location: to });
      response.end();
    });
    await using net = testNet();
    for (const one of cases) {
      status = one.status;
      to = `${server.origin(one.host)}/to`;
      const carries = one.kind !== 'none';
      const client = net.http.client.new(
        one.kind === 'client'
          ? { auth: { bearer: 't' }, credentialsFor: [server.origin()], headers: { cookie: 'c=1' } }
          : {},
      );
      const own = one.kind === 'header' ? { authorization: 'Bearer t', cookie: 'c=1' } : {};
      const response = await client.fetch(`${server.origin()}/from`, {
        method: one.method,
        headers: { ...own, 'x-plain': 'p', 'content-language': 'en' },
        ...(one.kind === 'auth' ? { auth: { bearer: 't' } } : {}),
        ...(one.method === 'POST' || one.method === 'PUT' ? { bodyJson: 1 } : {}),
      });
      const [first, second] = server.seen.slice(-2);
      const becomesGet = (one.status === 303 && one.method !== 'HEAD') || (one.status <= 302 && one.method === 'POST');
      const sameOrigin = one.host === 'api.test';
      const hadBody = one.method === 'POST' || one.method === 'PUT';
      const label = JSON.stringify(one);
      expect([first?.url, first?.method, second?.url], label).toEqual(['/from', one.method, '/to']);
      expect(second?.method, label).toBe(becomesGet ? 'GET' : one.method);
      expect(second?.body, label).toBe(hadBody && !becomesGet ? '1' : '');
      expect(second?.headers['content-type'], label).toBe(hadBody && !becomesGet ? 'application/json' : undefined);
      expect(second?.headers['content-language'], label).toBe(becomesGet ? undefined : 'en');
      expect(second?.headers['x-plain'], label).toBe('p');
      expect(first?.headers.authorization, label).toBe(carries ? 'Bearer t' : undefined);
      expect(second?.headers.authorization, label).toBe(carries && sameOrigin ? 'Bearer t' : undefined);
      expect(second?.headers.cookie === 'c=1', label).toBe(
        (one.kind === 'header' || one.kind === 'client') && sameOrigin,
      );
      expect(second?.headers.host, label).toBe(`${one.host}:${server.port}`);
      expect([response.url, response.redirectChain], label).toEqual([to, [`${server.origin()}/from`]]);
    }
  });

  it.each([
    ['http', 'https'],
    ['https', 'http'],
    ['https', 'https'],
  ])('leaves credentials behind where the scheme or the port is another: %s to %s', async (from, into) => {
    let to = '';
    await using first = await startHttp(
      (response) => response.writeHead(308, { location: to }).end(),
      from === 'https' ? 'good' : undefined,
    );
    await using second = await startHttp(undefined, into === 'https' ? 'good' : undefined);
    to = `${second.origin()}/to`;
    await using net = testNet({ ca: pemOf('ca') });
    const client = net.http.client.new({ auth: { bearer: 'client' }, credentialsFor: [first.origin()] });
    const own = { headers: { authorization: 'Bearer own', cookie: 'c=1', 'x-plain': 'p' } };
    for (const fetched of [
      net.fetch(first.origin(), { method: 'PUT', body: 'x', ...own }),
      client.get(first.origin()),
    ]) {
      expect((await fetched).url).toBe(to);
    }
    expect(first.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer own', 'Bearer client']);
    expect(second.seen.map(({ method, body }) => `${method} ${body}`)).toEqual(['PUT x', 'GET ']);
    for (const { headers } of second.seen)
      expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined]);
    expect(second.seen[0]?.headers['x-plain']).toBe('p');
  });

  it('keeps the fragment, over hops and origins', async () => {
    await using server = await startRedirects(302, () => `${server.origin('other.test')}/to`);
    await using net = testNet();
    const response = await net.fetch(`${server.origin()}/from#part`);
    expect(response.url).toBe(`${server.origin('other.test')}/to#part`);
    expect(server.seen.map(({ url }) => url)).toEqual(['/from', '/to']);
  });

  it('returns a redirect that it is not to follow, or that leads nowhere by having no Location', async () => {
    await using server = await startHttp((response, { url }) => {
      response.writeHead(302, url === '/none' ? {} : { location: '/x' }).end('see there');
    });
    await using net = testNet();
    const none = await net.fetch(`${server.origin()}/none`);
    expect([none.status, none.ok, none.url, none.redirectChain, await none.text()]).toEqual([
      302,
      false,
      `${server.origin()}/none`,
      [],
      'see there',
    ]);
    const asked = await net.fetch(`${server.origin()}/from`, { followRedirects: false });
    expect([asked.status, asked.header('location')]).toEqual([302, '/x']);
    const client = net.http.client.new({ followRedirects: false });
    expect((await client.get(server.origin(), { followRedirects: true })).status).toBe(302);
  });

  it('follows as many as it may', async () => {
    await using server = await startHttp((response, { url }) => {
      const left = Number(url.slice(1));
      if (left > 0) response.writeHead(302, { location: `/${left - 1}` });
      response.end();
    });
    await using net = testNet();
    const url = (hops: number) => `${server.origin()}/${hops}`;
    expect((await net.fetch(url(10))).redirectChain).toHaveLength(10);
    const failure = await failureOf(net.fetch(url(11)));
    expect([failure.name, failure.message]).toEqual([
      'ProtocolError',
      expect.stringContaining('more than 10 redirects'),
    ]);
    expect((await failureOf(net.fetch(url(1), { maxRedirects: 0 }))).name).toBe('ProtocolError');
    expect((await net.fetch(url(12), { maxRedirects: 12 })).status).toBe(200);
    const client = net.http.client.new({ maxRedirects: 2 });
    expect((await failureOf(client.get(url(3), { maxRedirects: 50 }))).name).toBe('ProtocolError');
    expect((await failureOf(client.get(url(2), { maxRedirects: 1 }))).name).toBe('ProtocolError');
    expect((await client.get(url(2))).status).toBe(200);
  });

  it('uses the connection again for the next hop', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/from') response.writeHead(302, { location: '/to', 'content-length': 5 });
      response.end('moved'.repeat(url === '/from' ? 1 : 2));
    });
    await using net = testNet();
    expect(await (await net.fetch(`${server.origin()}/from`)).text()).toBe('movedmoved');
    expect(server.connections.accepted).toBe(1);
  });

  it('does not wait for a body that it does not want', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/from') {
        // Never ends: the connection is given up.
        response.writeHead(302, { location: '/to' });
        response.write('endless');
      } else response.end('there');
    });
    await using net = testNet();
    expect(await (await net.fetch(`${server.origin()}/from`)).text()).toBe('there');
    expect(server.connections.accepted).toBe(2);
  });

  it('counts each hop as a request', async () => {
    await using server = await startRedirects(302, () => '/to');
    await using net = testNet();
    const small = net.narrow(['*'], { maxRequests: 1 });
    expect((await failureOf(small.fetch(`${server.origin()}/from`))).name).toBe('BudgetExhaustedError');
    expect(server.seen.map(({ url }) => url)).toEqual(['/from']);
  });
});
