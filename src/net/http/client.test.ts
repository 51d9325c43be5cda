/** The client against a real server: what is sent for what is asked, and what a response answers. */
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { HttpResponse } from './response.ts';

const FORM = 'application/x-www-form-urlencoded';

describe('what is sent', () => {
  it('says who we are and what we take, and nothing more', async () => {
    await using server = await startHttp();
    await using net = testNet();
    await net.fetch(`${server.origin()}/a?b=c#d`);
    const { method, url, headers } = server.seen[0] ?? {};
    expect([method, url]).toEqual(['GET', '/a?b=c']);
    expect(headers).toEqual({
      host: `api.test:${server.port}`,
      connection: 'keep-alive',
      'user-agent': expect.stringMatching(/^caspian\/\d+\.\d+\.\d+$/),
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br, zstd',
    });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'])('%s', async (method) => {
    await using server = await startHttp();
    await using net = testNet();
    const response = await net.fetch(server.origin(), { method: method.toLowerCase() });
    expect(response.status).toBe(200);
    expect(server.seen.map((one) => one.method)).toEqual([method]);
  });

  it('has a method for each method', async () => {
    await using server = await startHttp();
    await using net = testNet();
    const client = net.http.client.new();
    const url = server.origin();
    await client.get(url, { query: { q: 1 } });
    await client.head(url);
    await client.options(url);
    await client.delete(url);
    await client.post(url, 'one');
    await client.put(url, Buffer.from('two'));
    await client.patch(url, null, { bodyJson: { three: 3 } });
    expect(server.seen.map(({ method, url: path, body }) => `${method} ${path} ${body}`)).toEqual([
      'GET /?q=1 ',
      'HEAD / ',
      'OPTIONS / ',
      'DELETE / ',
      'POST / one',
      'PUT / two',
      'PATCH / {"three":3}',
    ]);
  });

  it.each([
    [{ body: 'grüße' }, 'grüße', undefined],
    [{ body: Buffer.from([104, 105]) }, 'hi', undefined],
    [{ body: '' }, '', undefined],
    [{ bodyJson: { a: ['ü', null] } }, '{"a":["ü",null]}', 'application/json'],
    [{ bodyJson: null }, 'null', 'application/json'],
    [{ bodyForm: { a: 'b c', d: [1, true], e: null, 'f&': '=' } }, 'a=b+c&d=1&d=true&f%26=%3D', FORM],
    [{ bodyJson: 1, headers: { 'content-type': 'text/x-own' } }, '1', 'text/x-own'],
  ])('sends %j', async (options, body, type) => {
    await using server = await startHttp();
    await using net = testNet();
    await net.fetch(server.origin(), { method: 'POST', ...options });
    const [seen] = server.seen;
    expect([seen?.body, seen?.headers['content-type']]).toEqual([body, type]);
    expect(seen?.headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(seen?.headers['transfer-encoding']).toBeUndefined();
  });

  it('adds a query to the one of the URL, which stays as it was', async () => {
    await using server = await startHttp();
    await using net = testNet();
    await net.fetch(`${server.origin()}/p?a=%20+x`, { query: { b: 'c d', e: ['1', '2'], f: null, g: false } });
    await net.fetch(`${server.origin()}/p`, { query: {} });
    expect(server.seen.map(({ url }) => url)).toEqual(['/p?a=%20+x&b=c+d&e=1&e=2&g=false', '/p']);
  });

  it("lets the request's headers win over the client's, and those over the defaults", async () => {
    await using server = await startHttp();
    await using net = testNet();
    const client = net.http.client.new({ headers: { 'User-Agent': 'mine', 'X-One': '1', 'X-Two': '2' } });
    await client.get(server.origin(), { headers: { 'x-one': 'other', Accept: null, 'x-list': ['a', 'b'], 'x-n': 7 } });
    expect(server.seen[0]?.headers).toMatchObject({
      'user-agent': 'mine',
      'x-one': 'other',
      'x-two': '2',
      'x-list': 'a, b',
      'x-n': '7',
    });
    expect(server.seen[0]?.headers.accept).toBeUndefined();
    expect(server.seen[0]?.rawHeaders.filter((name) => name === 'x-list')).toHaveLength(2);
  });

  it('sends the credentials of a request', async () => {
    await using server = await startHttp();
    await using net = testNet();
    await net.fetch(server.origin(), { auth: { basic: ['jürgen', 'p:w'] } });
    await net.fetch(server.origin(), { auth: { bearer: 'abc' } });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${Buffer.from('jürgen:p:w').toString('base64')}`,
      'Bearer abc',
    ]);
  });

  it.each([
    [{ body: 'a', bodyJson: 1 }, 'give either body or bodyJson'],
    [{ bodyForm: {}, bodyJson: 1 }, 'give either bodyJson or bodyForm'],
    [{ bodyJson: 1n }, 'bodyJson can not be written'],
    [{ bodyFil: 'x' }, 'there is no option "bodyFil"'],
    [{ body_json: 1 }, 'there is no option "body_json"'],
    [{ method: 'GET /' }, 'is no method'],
    [{ method: '' }, 'method'],
    [{ headers: { 'a b': 'c' } }, 'name'],
    [{ headers: { a: 'ł' } }, 'Latin-1'],
    [{ headers: { a: '1', A: '2' } }, 'is there twice'],
    [{ headers: { Authorization: 'x' }, auth: { bearer: 'y' } }, 'either auth or an Authorization'],
    [{ auth: 'STRIPE_KEY' }, 'no egress that keeps any'],
    [{ auth: 'no name' }, "a secret's name begins"],
    [{ cache: '5m' }, 'cache needs an egress'],
    [{ auth: { bearer: 'a b' } }, 'auth has a token'],
    [{ auth: { basic: ['a:b', 'c'] } }, 'auth has a user with a colon'],
    [{ timeout: 0 }, 'timeout must be'],
    [{ maxRedirects: 101 }, 'maxRedirects must be'],
    [{ maxBody: -1 }, 'maxBody must be'],
    [{ query: 'a=b' }, 'query must be'],
    [{ query: { a: {} } }, 'query must have'],
    ['text', 'the options must be an object'],
    [[], 'the options must be an object'],
  ])('refuses %o before anything is sent', async (options, message) => {
    await using server = await startHttp();
    await using net = testNet();
    const failure = await failureOf(Reflect.apply(net.fetch, net, [server.origin(), options]));
    expect([failure.name, failure.message]).toEqual(['ArgumentError', expect.stringContaining(message)]);
    expect(server.connections.accepted).toBe(0);
  });

  it.each([
    '',
    'x',
    '/path',
    'api.test/x',
    'ftp://api.test/',
    'file:///etc/passwd',
    'http://',
    'http://a b/',
    'ws://api.test/',
  ])('refuses the URL %j', async (url) => {
    await using net = testNet();
    expect((await failureOf(net.fetch(url))).name).toBe('ArgumentError');
  });

  it('refuses a URL that is no text', async () => {
    await using net = testNet();
    expect((await failureOf(Reflect.apply(net.fetch, net, [{ toString: () => 'http://api.test/' }]))).name).toBe(
      'ArgumentError',
    );
  });

  it.each(['CONNECT', 'TRACE', 'track'])('refuses %s', async (method) => {
    await using server = await startHttp();
    await using net = testNet();
    await failureOf(net.fetch(server.origin(), { method }));
    expect(server.connections.accepted).toBe(0);
  });
});

describe('what a response answers', () => {
  it('has the head', async () => {
    await using server = await startHttp((response) => {
      response.writeHead(201, 'Made', { 'X-Twice': ['one', 'two'], 'Content-Type': 'text/plain', Constructor: 'yes' });
      response.end('hello');
    });
    await using net = testNet();
    const response = await net.fetch(`${server.origin()}/x#frag`);
    expect(response).toMatchObject({ status: 201, reason: 'Made', ok: true, httpVersion: '1.1', redirectChain: [] });
    expect([response.url, response.fromCache]).toEqual([`${server.origin()}/x#frag`, false]);
    expect(response.elapsed).toBeGreaterThan(0);
    expect(response.headers).toMatchObject({ 'x-twice': 'one, two', 'content-type': 'text/plain', constructor: 'yes' });
    expect([response.header('X-TWICE'), response.headerAll('x-twice')]).toEqual(['one, two', ['one', 'two']]);
    expect([response.header('none'), response.headerAll('none'), response.header('toString')]).toEqual([
      null,
      [],
      null,
    ]);
    expect(response.headerLines()).toContainEqual(['x-twice', 'two']);
    expect(await response.text()).toBe('hello');
    expect(await response.text()).toBe('hello');
  });

  it.each([
    ['text/plain; charset=iso-8859-1', Buffer.from('gr\xfc\xdfe', 'latin1'), 'grüße'],
    ['text/plain; charset="utf-16le"', Buffer.from('grüße', 'utf16le'), 'grüße'],
    ['text/plain', Buffer.from('\ufeffgrüße'), 'grüße'],
    ['', Buffer.from(''), ''],
  ])('reads text of %j', async (type, body, text) => {
    await using server = await startHttp((response) => response.writeHead(200, { 'content-type': type }).end(body));
    await using net = testNet();
    expect(await (await net.fetch(server.origin())).text()).toBe(text);
  });

  it.each(['text/plain', 'text/plain; charset=x-none'])('raises EncodingError for what is no %s', async (type) => {
    const answer = Buffer.from([0xff, 0xfe, 0xfd]);
    await using server = await startHttp((response) => response.writeHead(200, { 'content-type': type }).end(answer));
    await using net = testNet();
    expect((await failureOf((await net.fetch(server.origin())).text())).name).toBe('EncodingError');
  });

  it('is there for each loop, where it was read ahead', async () => {
    await using server = await startHttp((response) => response.end('all of it'));
    await using net = testNet();
    const [response] = await net.fetchAll([server.origin()]);
    if (!(response instanceof HttpResponse)) throw response;
    for (let turn = 0; turn < 2; turn++) {
      const pieces: Uint8Array[] = [];
      for await (const piece of response) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe('all of it');
    }
    expect(await response.text()).toBe('all of it');
  });

  it.each([0, -1, 1.5, Number.NaN])('has no pieces of at most %s bytes', async (max) => {
    await using server = await startHttp((response) => response.end('body'));
    await using net = testNet();
    const response = await net.fetch(server.origin());
    expect(await failureOf(response.read({ max }))).toMatchObject({
      code: 'ARGUMENT',
      message: expect.stringContaining('max must be an integer from 1'),
    });
    expect(await response.text()).toBe('body');
  });

  it('reads JSON, and says where it is none', async () => {
    await using server = await startHttp((response, { url }) =>
      response.end(url === '/good' ? '{"a":[1]}' : '{"a":\n[1,}'),
    );
    await using net = testNet();
    expect(await (await net.fetch(`${server.origin()}/good`)).json()).toEqual({ a: [1] });
    const failure = await failureOf((await net.fetch(`${server.origin()}/bad`)).json());
    expect([failure.name, failure.message]).toEqual([
      'JsonError',
      expect.stringContaining('position 10 (line 2, column 4)'),
    ]);
  });

  it('raises for a status only when it is asked to', async () => {
    await using server = await startHttp((response, { url }) =>
      response.writeHead(Number(url.slice(1)), 'Oh').end('no'),
    );
    await using net = testNet();
    for (const status of [400, 404, 407, 418, 500, 503, 599]) {
      const response = await net.fetch(`${server.origin()}/${status}`);
      expect([response.status, response.ok, await response.text()]).toEqual([status, false, 'no']);
      expect(() => response.raiseForStatus()).toThrow(expect.objectContaining({ code: 'HTTP_STATUS', status }));
    }
    const fine = await net.fetch(`${server.origin()}/299`);
    expect(fine.raiseForStatus()).toBe(fine);
  });

  it.each(['GET', 'HEAD'])('takes 204, 304 and %s', async (method) => {
    await using server = await startHttp((response, { url }) => {
      response.writeHead(Number(url.slice(1)), method === 'HEAD' ? { 'content-length': 1_000_000_000_000 } : {}).end();
    });
    await using net = testNet();
    for (const status of method === 'HEAD' ? [200, 404] : [204, 304]) {
      const response = await net.fetch(`${server.origin()}/${status}`, { method, maxBody: 10 });
      expect([response.status, (await response.bytes()).length]).toEqual([status, 0]);
    }
  });

  it('gives bytes in memory of their own', async () => {
    await using server = await startHttp((response) => response.end('small'));
    await using net = testNet();
    const bytes = await (await net.fetch(server.origin())).bytes();
    expect(bytes.buffer.byteLength).toBe(5);
  });
});

describe('what is granted', () => {
  it('refuses what is not, before anything is dialled', async () => {
    await using server = await startHttp();
    await using net = testNet({}, { allowNet: [`api.test:${server.port}`] });
    expect((await failureOf(net.fetch(server.origin('other.test')))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.fetch('http://api.test/'))).name).toBe('PortNotAllowedError');
    expect(server.connections.accepted).toBe(0);
    expect((await net.fetch(server.origin())).status).toBe(200);
  });

  it('sends the very path that was matched', async () => {
    await using server = await startHttp();
    await using net = testNet();
    const small = net.narrow(['*'], { paths: ['/v1/*'] });
    await small.fetch(`${server.origin()}/v1/a/../b?c=/../d`);
    expect(server.seen.map(({ url }) => url)).toEqual(['/v1/b?c=/../d']);
    expect((await failureOf(small.fetch(`${server.origin()}/v1/../v2`))).name).toBe('HostNotAllowedError');
  });

  it('counts requests', async () => {
    await using server = await startHttp();
    await using net = testNet();
    const small = net.narrow(['*'], { maxRequests: 2 });
    await small.fetch(server.origin());
    await small.fetch(server.origin());
    expect((await failureOf(small.fetch(server.origin()))).name).toBe('BudgetExhaustedError');
    expect(server.seen).toHaveLength(2);
  });
});

describe('TLS', () => {
  it('verifies, offers http/1.1 and takes the authorities of the options', async () => {
    await using server = await startHttp((response) => response.end('secret'), 'good');
    await using net = testNet();
    const client = net.http.client.new({ caPem: pemOf('ca') });
    const response = await client.get(server.origin());
    expect(await response.text()).toBe('secret');
    expect((await failureOf(net.fetch(server.origin()))).name).toBe('TlsError');
    expect((await failureOf(client.get(server.origin('bad.example')))).name).toBe('TlsError');
  });

  it('can be told not to verify: by a client, or by a call of the net', async () => {
    await using server = await startHttp((response) => response.end('secret'), 'self-signed');
    await using net = testNet();
    expect(await (await net.http.client.new({ verify: false }).get(server.origin())).text()).toBe('secret');
    expect(await (await net.fetch(server.origin(), { verify: false })).text()).toBe('secret');
  });

  it('refuses PEM text that can not be used, and says nothing of it', async () => {
    await using net = testNet();
    const caPem = '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----';
    expect(() => net.http.client.new({ caPem })).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
    expect(() => net.http.client.new({ caPem: 'x' })).toThrow('caPem');
    expect(() => net.http.client.new({ clientCertPem: pemOf('client'), credentialsFor: ['https://a.test'] })).toThrow(
      'together',
    );
  });
});

describe('connections', () => {
  it('are kept and used again', async () => {
    await using server = await startHttp((response) => response.end('x'));
    await using net = testNet();
    for (let turn = 0; turn < 3; turn++) await (await net.fetch(server.origin())).bytes();
    expect(server.connections.accepted).toBe(1);
  });

  it('are opened for requests at the same time', async () => {
    await using server = await startHttp((response) => void setImmediate(() => response.end('x')));
    await using net = testNet();
    await Promise.all([1, 2, 3].map(async () => (await net.fetch(server.origin())).bytes()));
    expect(server.connections.accepted).toBe(3);
    await Promise.all([1, 2, 3].map(async () => (await net.fetch(server.origin())).bytes()));
    expect(server.connections.accepted).toBe(3);
  });

  it('end with the net', async () => {
    await using server = await startHttp((response) => response.end('x'));
    const net = testNet();
    await (await net.fetch(server.origin())).bytes();
    expect(server.connections.open).toBe(1);
    await net.close();
    await until(() => server.connections.open === 0);
    expect((await failureOf(net.fetch(server.origin()))).name).toBe('RevokedError');
  });

  it('are no more than the limit', async () => {
    await using server = await startHttp(() => {});
    await using net = testNet({ limits: { connections: 1 } });
    const first = failureOf(net.fetch(server.origin()));
    await until(() => server.seen.length === 1);
    expect((await failureOf(net.fetch(server.origin()))).name).toBe('LimitReachedError');
    await net.close();
    expect((await first).name).toBe('RevokedError');
  });

  it('are not kept if none may be', async () => {
    await using server = await startHttp((response) => response.end('x'));
    await using net = testNet({ limits: { idleConnections: 0 } });
    for (let turn = 0; turn < 2; turn++) expect(await (await net.fetch(server.origin())).text()).toBe('x');
    expect(server.connections.accepted).toBe(2);
    await until(() => server.connections.open === 0);
  });

  it('make room for another origin', async () => {
    await using server = await startHttp((response) => response.end('x'));
    await using net = testNet({ limits: { connections: 2, idleConnections: 2 } });
    for (const name of ['a', 'b', 'c', 'd']) await (await net.fetch(server.origin(`${name}.test`))).bytes();
    expect(server.connections.accepted).toBe(4);
    await until(() => server.connections.open === 2);
  });
});
