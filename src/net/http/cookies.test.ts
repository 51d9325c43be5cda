/** A client's cookies: where they go, what is not taken, and how many. */
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet } from '../../../test/helpers/tcp-server.ts';
import { Cookies } from './cookies.ts';

function filled(...steps: readonly (readonly [url: string, ...lines: string[]])[]): Cookies {
  const cookies = new Cookies();
  for (const [url, ...lines] of steps) cookies.store(new URL(url), lines);
  return cookies;
}

const sent = (cookies: Cookies, url: string): string | null => cookies.header(new URL(url));

describe('where a cookie goes', () => {
  it.each([
    ['a=1', 'http://x.example/', 'a=1'],
    ['a=1', 'http://y.example/', null],
    ['a=1', 'http://sub.x.example/', null],
    ['a=1; Domain=x.example', 'http://sub.x.example/', 'a=1'],
    ['a=1; Domain=.x.example', 'http://sub.x.example/', 'a=1'],
    ['a=1; Domain=sub.x.example', 'http://sub.x.example/', null],
    ['a=1; Domain=example', 'http://x.example/', null],
    ['a=1; Domain=other.example', 'http://other.example/', null],
    ['a=1; Path=/p', 'http://x.example/p/q', 'a=1'],
    ['a=1; Path=/p', 'http://x.example/pq', null],
    ['a=1; Max-Age=0', 'http://x.example/', null],
    ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'http://x.example/', null],
    ['a=1; Max-Age=100', 'http://x.example/', 'a=1'],
    ['a=1; HttpOnly; SameSite=Strict', 'http://x.example/', 'a=1'],
    ['__Secure-a=1', 'http://x.example/', null],
    ['__Host-a=1; Path=/', 'http://x.example/', null],
    ['a=1; Secure', 'http://x.example/', null],
    ['=1', 'http://x.example/', null],
    ['a=b\u0001c', 'http://x.example/', null],
    [`a=${'x'.repeat(4_096)}`, 'http://x.example/', null],
  ])('%s, then %s', (line, url, expected) => {
    expect(sent(filled(['http://x.example/', line]), url)).toBe(expected);
  });

  it.each([
    ['https://evil.co.uk/', 'a=1; Domain=co.uk'],
    ['https://evil.github.io/', 'a=1; Domain=github.io'],
    ['https://evil.com/', 'a=1; Domain=com'],
    ['http://10.0.0.1/', 'a=1; Domain=0.0.1'],
  ])('never to a public suffix: %s %s', (url, line) => {
    const cookies = filled([url, line]);
    for (const other of ['https://good.co.uk/', 'https://good.github.io/', 'https://good.com/', 'http://10.1.0.1/'])
      expect(sent(cookies, other)).toBeNull();
  });

  it('keeps those of TLS from servers without', () => {
    const cookies = filled(['https://x.example/', 'a=1; Secure', 'b=1'], ['http://x.example/', 'a=2', 'b=2', 'c=2']);
    expect(sent(cookies, 'https://x.example/')).toBe('a=1; b=2; c=2');
    expect(sent(cookies, 'http://x.example/')).toBe('b=2; c=2');
  });

  it('knows addresses and localhost', () => {
    const cookies = filled(['http://127.0.0.1:1/', 'a=1'], ['http://localhost/', 'b=1'], ['http://[::1]/', 'c=1']);
    expect(sent(cookies, 'http://127.0.0.1:2/')).toBe('a=1');
    expect(sent(cookies, 'http://localhost/')).toBe('b=1');
    expect(sent(cookies, 'http://[::1]/')).toBe('c=1');
  });
});

it('fills up, and then takes no more', () => {
  const cookies = new Cookies();
  const lines = (from: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${from}${at}=${'x'.repeat(9)}`);
  cookies.store(new URL('http://one.example/'), lines('a', 500));
  expect(sent(cookies, 'http://one.example/')?.split('; ')).toHaveLength(180);
  for (let site = 0; site < 40; site++) cookies.store(new URL(`http://s${site}.example/`), lines('b', 170));
  const all = Array.from(
    { length: 40 },
    (_, site) => sent(cookies, `http://s${site}.example/`)?.split('; ').length ?? 0,
  );
  expect(all.reduce((sum, one) => sum + one, 180)).toBeLessThanOrEqual(3_000);
});

describe('a client', () => {
  it('keeps cookies over redirects, and sends its own beside them', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/login')
        response.writeHead(302, { location: '/home', 'set-cookie': ['a=1', 'b=2; Path=/no'] }).end();
      else response.end();
    });
    await using net = testNet();
    const client = net.http.client.new({ cookies: true });
    await client.get(`${server.origin()}/login`);
    await client.get(`${server.origin()}/x`, { headers: { Cookie: 'own=1' } });
    await client.get(`${server.origin('other.test')}/x`);
    await client.get(`${server.origin()}/x`, { cookies: false });
    expect(server.seen.map(({ headers }) => headers.cookie)).toEqual([
      undefined,
      'a=1',
      'own=1; a=1',
      undefined,
      undefined,
    ]);
  });

  it('keeps none unless it is asked to, and a call can not ask', async () => {
    await using server = await startHttp((response) => response.setHeader('set-cookie', 'a=1').end());
    await using net = testNet();
    const client = net.http.client.new();
    await client.get(server.origin());
    await client.get(server.origin());
    expect(server.seen.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
    expect(await failureOf(client.get(server.origin(), { cookies: true }))).toMatchObject({ code: 'ARGUMENT' });
  });
});
