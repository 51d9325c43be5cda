/**
 * The contract of HTTP and of capabilities over both halves: the same code runs on `Net` in this thread and on `SyncNet` in a thread of its own,
 * once with the usual buffers and once with the smallest ones. `await` on what is there already changes nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../../src/net/net.ts';
import { SMALLEST_MAILBOX_BYTES } from '../../../src/wire/layout.ts';
import { type ApiServer, patternBytes, startApi } from '../../helpers/api-server.ts';
import { inGuest } from '../../helpers/guest.ts';

/** What a case is given: where the server is. */
interface Data {
  readonly base: string;
  readonly port: number;
}

type Runner = (net: Net, source: string, data: Data) => Promise<unknown>;

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (net: Net, data: Data) => Promise<unknown>;

interface Half {
  readonly run: Runner;
  /** Sizes of bodies: around what crosses with the headers and what a ring holds, and well over both. */
  readonly sizes: readonly number[];
}

const SIZES = [0, 1, 200, 49_152, 49_153, 3_000_000];
const SMALLEST = { mailboxBytes: SMALLEST_MAILBOX_BYTES, ringBytes: 64 };

const HALVES: Readonly<Record<string, Half>> = {
  Net: { run: (net, source, data) => new AsyncFunction('net', 'data', source)(net, data), sizes: SIZES },
  SyncNet: { run: (net, source, data) => inGuest(net, source, { data }), sizes: SIZES },
  'SyncNet with the smallest buffers': {
    run: (net, source, data) => inGuest(net, source, { data, ...SMALLEST }),
    sizes: [0, 1, 63, 64, 65, 49_152, 49_153, 60_000],
  },
};

let api: ApiServer;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

describe.each(Object.entries(HALVES))('%s', (_name, { run: runner, sizes }) => {
  const large = sizes.at(-1) ?? 0;
  const run = async (source: string, grants = { allowNet: ['127.0.0.1'] }): Promise<unknown> => {
    await using net = openNet(Grants.parse(grants));
    return await runner(net, source, { base: api.base, port: api.port });
  };

  it('fetches: status, reason, headers, text, url', async () => {
    const value = await run(`
      const res = await net.fetch(data.base + '/text#part');
      return [res.status, res.reason, res.ok, res.header('X-Twice'), res.headerAll('x-twice'), res.headers['content-type'],
        await res.text(), res.url, res.redirectChain, res.httpVersion, res.fromCache, typeof res.elapsed];
    `);
    expect(value).toEqual([
      200,
      'Fine',
      true,
      'one, two',
      ['one', 'two'],
      'text/plain; charset=utf-8',
      'grüße',
      `${api.base}/text#part`,
      [],
      '1.1',
      false,
      'number',
    ]);
  });

  it('gives 4xx as a response that can be raised', async () => {
    const source = `const res = await net.fetch(data.base + '/none'); if (res.ok) return 'ok'; await res.text(); res.raiseForStatus();`;
    await expect(run(source)).rejects.toMatchObject({ type: 'puck.uno/error/http_status', status: 404 });
  });

  it.each(sizes)('brings a body of %d bytes whole', async (count) => {
    const source = `
      const bytes = await (await net.fetch(data.base + '/bytes?n=${count}')).bytes();
      const again = await (await net.fetch(data.base + '/bytes?chunked&n=${count}')).bytes();
      for (let i = 0; i < bytes.length; i++) if (bytes[i] !== i % 251 || again[i] !== i % 251) return 'wrong at ' + i;
      return [bytes.length, again.length];
    `;
    expect(await run(source)).toEqual([count, count]);
  });

  it('brings each of many bodies whole', async () => {
    const source = `
      for (let round = 0; round < 60; round++) {
        const chunked = round % 2 === 0 ? 'chunked&' : '';
        const bytes = await (await net.fetch(data.base + '/bytes?' + chunked + 'n=${large}')).bytes();
        if (bytes.length !== ${large}) return 'round ' + round + ': ' + bytes.length;
      }
      return 'whole';
    `;
    expect(await run(source)).toBe('whole');
  });

  it('brings a body in pieces', async () => {
    const source = `
      let size = 0;
      let sum = 0;
      for await (const piece of await net.fetch(data.base + '/bytes?n=${large}')) {
        size += piece.length;
        for (const byte of piece) sum += byte;
      }
      return [size, sum];
    `;
    const sum = patternBytes(large).reduce((total, byte) => total + byte, 0);
    expect(await run(source)).toEqual([large, sum]);
  });

  it('leaves a body early and goes on', async () => {
    const source = `
      for await (const piece of await net.fetch(data.base + '/bytes?n=5000000')) break;
      const res = await net.fetch(data.base + '/bytes?n=5000000');
      await res.close();
      return (await net.fetch(data.base + '/text')).status;
    `;
    expect(await run(source)).toBe(200);
  });

  it('decodes a compressed body', async () => {
    expect(await run(`return await (await net.fetch(data.base + '/gzip')).text();`)).toBe('packed');
  });

  it('raises when a body is cut short', async () => {
    const source = `return (await (await net.fetch(data.base + '/cut')).bytes()).length;`;
    await expect(run(source)).rejects.toMatchObject({ code: 'NET_RESET' });
  });

  it('sends each kind of body', async () => {
    const source = `
      const sent = [];
      for (const options of [
        { method: 'POST', body: 'plain' },
        { method: 'PUT', body: new Uint8Array([0, 255, 10]) },
        { method: 'PATCH', bodyJson: { a: [1, 'ü', null] } },
        { method: 'POST', bodyForm: { a: 'x y', b: 'ü' } },
        { method: 'DELETE', query: { q: 'a b' } },
      ]) {
        const echo = await (await net.fetch(data.base + '/echo', options)).json();
        sent.push([echo.method, echo.url, echo.headers['content-type'] ?? null, echo.body]);
      }
      return sent;
    `;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    expect(await run(source)).toEqual([
      ['POST', '/echo', null, base64('plain')],
      ['PUT', '/echo', null, Buffer.from([0, 255, 10]).toString('base64')],
      ['PATCH', '/echo', 'application/json', base64('{"a":[1,"ü",null]}')],
      ['POST', '/echo', 'application/x-www-form-urlencoded', base64('a=x+y&b=%C3%BC')],
      ['DELETE', '/echo?q=a+b', null, ''],
    ]);
  });

  it('sends a large body whole', async () => {
    const source = `
      const body = new Uint8Array(${large}).fill(120);
      const res = await net.fetch(data.base + '/echo', { method: 'POST', body });
      return (await res.json()).body.length;
    `;
    expect(await run(source)).toBe(Math.ceil(large / 3) * 4);
  });

  it('follows a redirect and says so', async () => {
    const source = `
      const res = await net.fetch(data.base + '/redirect?to=/text');
      return [res.status, res.url, res.redirectChain];
    `;
    expect(await run(source)).toEqual([200, `${api.base}/text`, [`${api.base}/redirect?to=/text`]]);
  });

  it('refuses a host that is not granted, and a redirect to one', async () => {
    await expect(run(`await net.fetch('http://example.com/');`)).rejects.toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
      host: 'example.com',
      port: 80,
      hint: expect.stringContaining('--allow-net=example.com:80'),
    });
    const redirect = `await net.fetch(data.base + '/redirect?to=http://localhost:1/');`;
    await expect(run(redirect)).rejects.toMatchObject({ code: 'NET_HOST_NOT_ALLOWED', host: 'localhost' });
  });

  it('times out', async () => {
    await expect(run(`await net.fetch(data.base + '/hang', { timeout: 0.05 });`)).rejects.toMatchObject({
      code: 'NET_TIMEOUT',
      retryable: true,
      phase: 'headers',
    });
    const body = `await (await net.fetch(data.base + '/half', { timeout: 0.3 })).bytes();`;
    await expect(run(body)).rejects.toMatchObject({ code: 'NET_TIMEOUT', phase: 'body' });
  });

  it('refuses an unknown option with the nearest name', async () => {
    await expect(run(`await net.fetch(data.base + '/text', { metod: 'GET' });`)).rejects.toMatchObject({
      code: 'ARGUMENT',
      hint: expect.stringContaining('method'),
    });
  });

  it('narrows, asks, revokes', async () => {
    const source = `
      const small = net.narrow(['127.0.0.1:' + data.port], { methods: ['GET'], paths: ['/text'] });
      const seen = [net.allowed('127.0.0.1', 1), small.allowed('127.0.0.1', 1), small.allowed('127.0.0.1', data.port),
        net.allowed('example.com', 80), net.listenAllowed('127.0.0.1', 80)];
      seen.push((await small.fetch(data.base + '/text')).status);
      for (const call of [
        () => small.fetch(data.base + '/text', { method: 'POST' }),
        () => small.fetch(data.base + '/echo'),
        () => small.tcp('127.0.0.1', data.port),
      ]) {
        try { await call(); seen.push('allowed'); } catch (error) { seen.push(error.code); }
      }
      net.revoke(small);
      try { await small.fetch(data.base + '/text'); } catch (error) { seen.push(error.code); }
      try { small.revoke(net); } catch (error) { seen.push(error.code); }
      return seen;
    `;
    const denied = 'NET_HOST_NOT_ALLOWED';
    const refused = [denied, denied, denied];
    expect(await run(source)).toEqual([true, false, true, false, false, 200, ...refused, 'NET_REVOKED', 'ARGUMENT']);
  });

  it('shows the effective grant', async () => {
    expect(await run(`return net.grants;`, { allowNet: ['127.0.0.1', '*.example.com:443'] })).toMatchObject({
      allowNet: ['127.0.0.1', '*.example.com:443'],
    });
  });

  it('keeps a client’s credentials to its own origin', async () => {
    const source = `
      const client = net.http.client.new({ baseUrl: data.base, auth: { bearer: 'token' }, headers: { 'X-Own': 'yes' } });
      const own = await (await client.get('/echo')).json();
      const seen = [own.headers.authorization, own.headers['x-own']];
      try { net.http.client.new({ auth: { bearer: 'token' } }); } catch (error) { seen.push(error.code); }
      try { await client.get('http://127.0.0.1:1/'); } catch (error) { seen.push(error.code); }
      return seen;
    `;
    expect(await run(source)).toEqual(['Bearer token', 'yes', 'ARGUMENT', 'NET_HOST_NOT_ALLOWED']);
  });

  it('jails a client', async () => {
    const source = `
      const jail = net.http.client.jail('127.0.0.1');
      const seen = [Object.keys(jail), (await jail.fetch(data.base + '/text')).status];
      try { await net.http.client.jail('example.com').fetch(data.base + '/text'); } catch (error) { seen.push(error.code); }
      return seen;
    `;
    expect(await run(source)).toEqual([['fetch'], 200, 'NET_HOST_NOT_ALLOWED']);
  });
});
