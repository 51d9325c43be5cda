/** What a client keeps and does again, over every face: cookies, tries, HTTP/2, credentials. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type Case, FACES } from '../../helpers/faces.ts';
import { type HttpServer, startHttp } from '../../helpers/http-server.ts';
import { type Http2Server, startHttp2 } from '../../helpers/http2-server.ts';
import { pemOf } from '../../helpers/tls-server.ts';

let server: HttpServer;
let shared: Http2Server;
let busy = 0;

beforeAll(async () => {
  server = await startHttp((response, { url, method, headers }) => {
    if (url === '/login')
      response.writeHead(303, { location: '/who', 'set-cookie': ['id=7; HttpOnly', 'x=1; Path=/no'] });
    else if (url === '/busy' && busy++ % 3 < 2) response.writeHead(503);
    else if (url === '/stubborn') response.writeHead(503);
    response.end(
      JSON.stringify({ method, cookie: headers.cookie ?? null, authorization: headers.authorization ?? null }),
    );
  });
  shared = await startHttp2((_request, response) => response.end('x'.repeat(100_000)));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await shared[Symbol.asyncDispose]();
});

describe.each(FACES)('$name', (face) => {
  const run = async (one: Case): Promise<unknown> => {
    await using net = openNet(Grants.parse({ allowNet: ['api.test'] }), {
      ca: pemOf('ca'),
      resolve: () => ['127.0.0.1'],
    });
    return await face.run(net, one, { base: server.origin(), shared: shared.origin() });
  };

  it('keeps cookies', async () => {
    const value = await run({
      js: `const client = net.http.client.new({ baseUrl: data.base, cookies: true });
        const seen = [(await (await client.get('/login')).json()).cookie, (await (await client.get('/who')).json()).cookie];
        seen.push((await (await client.jail('api.test').fetch(data.base + '/who')).json()).cookie);
        seen.push((await (await client.get('/who', { cookies: false })).json()).cookie);
        return seen;`,
      casp: `$client = %net.http.client.new(base_url: $data['base'], cookies: true)
        $seen = [$client.get('/login').json['cookie'], $client.get('/who').json['cookie']]
        $seen.push($client.jail('api.test').fetch("#{$data['base']}/who").json['cookie'])
        $seen.push($client.get('/who', cookies: false).json['cookie'])
        puts %utils.json.generate($seen)`,
    });
    expect(value).toEqual(['id=7', 'id=7', null, null]);
  });

  it('tries again', async () => {
    const value = await run({
      js: `const client = net.http.client.new({ baseUrl: data.base, retry: 2 });
        return [(await client.get('/busy')).status, (await client.post('/stubborn', 'x')).status,
          (await client.get('/stubborn', { retry: 0 })).status];`,
      casp: `$client = %net.http.client.new(base_url: $data['base'], retry: 2)
        puts %utils.json.generate([$client.get('/busy').status, $client.post('/stubborn', 'x').status,
          $client.get('/stubborn', retry: 0).status])`,
    });
    expect(value).toEqual([200, 503, 503]);
  });

  it('speaks HTTP/2 with who takes it', async () => {
    const value = await run({
      js: `const res = await net.fetch(data.shared); return [res.httpVersion, res.reason, (await res.bytes()).length];`,
      casp: `$res = %net.fetch($data['shared'])
        puts %utils.json.generate([$res.http_version, $res.reason, $res.body.length])`,
    });
    expect(value).toEqual(['2', '', 100_000]);
  });

  it('brings its credentials to its own origin', async () => {
    const value = await run({
      js: `const client = net.http.client.new({ baseUrl: data.base, auth: { basic: ['me', 'päss'] } });
        const seen = [(await (await client.get('/who')).json()).authorization];
        for (const options of [{ auth: { bearer: 't0k' } }, {}]) {
          seen.push((await (await net.fetch(data.base + '/who', options)).json()).authorization);
        }
        try { net.http.client.new({ auth: { bearer: 'x' } }); } catch (error) { seen.push(error.code); }
        return seen;`,
      casp: `$client = %net.http.client.new(base_url: $data['base'], auth: {basic: ['me', 'päss']})
        $seen = [$client.get('/who').json['authorization']]
        [{auth: {bearer: 't0k'}}, {}].each do($options)
          $seen.push(%net.fetch("#{$data['base']}/who", $options).json['authorization'])
        end
        $error = catch() %net.http.client.new(auth: {bearer: 'x'}) end
        $seen.push($error.code)
        puts %utils.json.generate($seen)`,
    });
    expect(value).toEqual([`Basic ${Buffer.from('me:päss').toString('base64')}`, 'Bearer t0k', null, 'ARGUMENT']);
  });
});
