/** Responses, over every face: trailers, repeated headers, charsets, JSON, bodies in pieces, downloads. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type ApiServer, patternBytes, startApi } from '../../helpers/api-server.ts';
import { type Case, FACES } from '../../helpers/faces.ts';
import { tempFolder } from '../../helpers/temp.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

describe.each(FACES)('$name', (face) => {
  const run = async (one: Case, folder?: string): Promise<unknown> => {
    const options = folder === undefined ? {} : { allowFsWrite: [folder] };
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }), options);
    return await face.run(net, one, { base: api.base, folder: folder ?? null });
  };

  it.each([0, 10, 60_000])('has the trailers apart, after a body of %d bytes', async (count) => {
    const value = await run({
      js: `const res = await net.fetch(data.base + '/trailers?n=${count}');
        const size = (await res.bytes()).length;
        return [size, res.trailers, res.header('x-sum'), res.headerAll('set-cookie'), res.header('set-cookie')];`,
      casp: `$res = %net.fetch("#{$data['base']}/trailers?n=${count}")
        $size = $res.body.length
        puts %utils.json.generate([$size, $res.trailers, $res.header('x-sum'), $res.header_all('set-cookie'), $res.header('set-cookie')])`,
    });
    const cookies = ['a=1', 'b=2; Path=/'];
    expect(value).toEqual([count, { 'x-sum': 'abc', 'x-twice': 'one, two' }, null, cookies, cookies.join(', ')]);
  });

  it('reads text by its charset, and says where JSON ends', async () => {
    const value = await run({
      js: `const seen = [await (await net.fetch(data.base + '/latin')).text()];
        for (const [path, read] of [['/odd', 'text'], ['/broken-json', 'json']]) {
          try { await (await net.fetch(data.base + path))[read](); } catch (error) { seen.push(error.type, error.message); }
        }
        return seen;`,
      casp: `$seen = [%net.fetch("#{$data['base']}/latin").text]
        $error = catch() %net.fetch("#{$data['base']}/odd").text end
        $seen.push("#{$error.class}", $error.message)
        $error = catch() %net.fetch("#{$data['base']}/broken-json").json end
        $seen.push("#{$error.class}", $error.message)
        puts %utils.json.generate($seen)`,
    });
    expect(value).toEqual([
      'grüße',
      'puck.uno/error/encoding',
      'the charset "x-none" is unknown',
      'puck.uno/error/json',
      'the text is no JSON: it can not be read at position 16 (line 2, column 7)',
    ]);
  });

  it.each(['n=0', 'n=20', 'n=400000', 'chunked&n=400000'])('gives a body in pieces: %s', async (query) => {
    const value = await run({
      js: `const client = net.http.client.new({ baseUrl: data.base });
        let size = 0, sum = 0, empty = 0;
        const res = await client.stream('/bytes?${query}', {}, (chunk) => {
          if (chunk.length === 0) empty += 1;
          size += chunk.length;
          for (const byte of chunk) sum += byte;
        });
        return [res.status, size, sum, empty];`,
      casp: `$client = %net.http.client.new(base_url: $data['base'])
        $size = 0
        $sum = 0
        $empty = 0
        $res = $client.stream('/bytes?${query}') do($chunk)
          $size = $size + $chunk.length
          if $chunk.length == 0
            $empty = $empty + 1
          end
          $sum = $sum + $chunk.to_array.sum
        end
        puts %utils.json.generate([$res.status, $size, $sum, $empty])`,
    });
    const count = Number(/n=(\d+)/.exec(query)?.[1]);
    expect(value).toEqual([200, count, patternBytes(count).reduce((total, byte) => total + byte, 0), 0]);
  });

  it('ends a body where the reader raises, and goes on', async () => {
    const value = await run({
      js: `const client = net.http.client.new({ baseUrl: data.base });
        let said = null;
        try { await client.stream('/bytes?n=5000000', {}, () => { throw new RangeError('enough'); }); }
        catch (error) { said = error.message; }
        return [said, (await client.get('/text')).status];`,
      casp: `$client = %net.http.client.new(base_url: $data['base'])
        $error = catch()
          $client.stream('/bytes?n=5000000') do($chunk)
            raise 'my.org/error/enough', 'enough'
          end
        end
        puts %utils.json.generate([$error.message, $client.get('/text').status])`,
    });
    expect(value).toEqual(['enough', 200]);
  });

  it('puts a body into a file: whole or not at all', async () => {
    using folder = tempFolder();
    writeFileSync(folder.file('kept'), 'before');
    const value = await run(
      {
        js: `const client = net.http.client.new({ baseUrl: data.base });
          const res = await client.download('/bytes?n=300000', { to: data.folder + '/new' });
          const seen = [res.status];
          for (const [path, options] of [['/none', {}], ['/cut', {}], ['/bytes?n=300000', { maxBody: 1000 }]]) {
            try { await client.download(path, { to: data.folder + '/kept', ...options }); seen.push('there'); }
            catch (error) { seen.push(error.code ?? error.type); }
          }
          return seen;`,
        casp: `$client = %net.http.client.new(base_url: $data['base'])
          $seen = [$client.download('/bytes?n=300000', to: "#{$data['folder']}/new").status]
          [['/none', {}], ['/cut', {}], ['/bytes?n=300000', {max_body: 1000}]].each do($way)
            $error = catch() $client.download($way[0], {to: "#{$data['folder']}/kept"}.merge($way[1])) end
            $seen.push($error.code)
          end
          puts %utils.json.generate($seen)`,
      },
      folder.path,
    );
    expect(value).toEqual([200, 'HTTP_STATUS', 'NET_RESET', 'NET_SIZE']);
    expect(readFileSync(folder.file('new')).equals(patternBytes(300_000))).toBe(true);
    expect(readFileSync(folder.file('kept'), 'utf8')).toBe('before');
    expect(readdirSync(folder.path).sort()).toEqual(['kept', 'new']);
    expect(existsSync(folder.file('none'))).toBe(false);
  });

  it('fetches many at once: order kept, an element is a response or the error of it', async () => {
    const value = await run({
      js: `const urls = ['/text', '/none', { url: data.base + '/echo', method: 'POST', bodyJson: [1] }, 'http://example.com/',
          '/bytes?n=200000', { url: data.base + '/text', metod: 'x' }, '/cut', '/broken-json'];
        const all = await net.fetchAll(urls.map((url) => typeof url === 'string' && url.startsWith('/') ? data.base + url : url), { limit: 3 });
        const seen = [];
        for (const one of all) seen.push('status' in one && one.code === undefined ? [one.status, (await one.bytes()).length] : one.code);
        return seen;`,
      casp: `$base = $data['base']
        $all = %net.fetch_all(["#{$base}/text", "#{$base}/none", {url: "#{$base}/echo", method: 'POST', body_json: [1]},
          'http://example.com/', "#{$base}/bytes?n=200000", {url: "#{$base}/text", metod: 'x'}, "#{$base}/cut",
          "#{$base}/broken-json"], limit: 3)
        $seen = []
        $all.each do($one)
          if $one.object.isa?('puck.uno/http/response')
            $seen.push([$one.status, $one.body.length])
          else
            $seen.push($one.code)
          end
        end
        puts %utils.json.generate($seen)`,
    });
    expect(value).toEqual([
      [200, 7],
      [404, 12],
      [200, expect.any(Number)],
      'NET_HOST_NOT_ALLOWED',
      [200, 200_000],
      'ARGUMENT',
      'NET_RESET',
      [200, 16],
    ]);
  });

  it('ends many together at their time-out', async () => {
    const value = await run({
      js: `const all = await net.fetchAll(['/text', '/hang', '/hang', '/hang'].map((path) => data.base + path), { limit: 2, timeout: 1 });
        return all.map((one) => one.code ?? one.status);`,
      casp: `$base = $data['base']
        $all = %net.fetch_all(["#{$base}/text", "#{$base}/hang", "#{$base}/hang", "#{$base}/hang"], limit: 2, timeout: 1)
        puts %utils.json.generate([$all[0].status, $all[1].code, $all[2].code, $all[3].code])`,
    });
    expect(value).toEqual([200, 'NET_TIMEOUT', 'NET_TIMEOUT', 'NET_TIMEOUT']);
  });
});
