/**
 * The port of a dashboard can be reached by every program and every page on this machine, and by a name of an attacker's
 * that leads to 127.0.0.1. None of them gets a byte of the journal, changes anything, or keeps the operator out.
 */
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Dashboard, openDashboard } from '../../src/egress/dashboard/server.ts';
import { type TestEgress, testEgress } from '../helpers/egress.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let egress: TestEgress;
let dashboard: Dashboard;
beforeAll(async () => {
  egress = await testEgress();
  dashboard = await openDashboard(egress.egress, { port: 0 });
  await expect(egress.egress.net({ app: 'billing' }).fetch('https://secret-name.test/')).rejects.toThrow(
    'secret-name.test',
  );
});
afterAll(async () => {
  await dashboard.close();
  await egress[Symbol.asyncDispose]();
});

function ask(url: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(url, dashboard.link), { method, headers }, (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

test('strangers are refused everywhere, the link leads in once, and the way in shows the rows', async () => {
  for (const url of ['/', '/rows', '/events', '/page.js', '/index.html', '/%2e%2e/package.json', '/?token=x']) {
    const { status, body } = await ask(url);
    expect([401, 403]).toContain(status);
    expect(body).not.toContain('secret-name');
  }
  // A name that was bound to 127.0.0.1 while its page was open; a page of another origin; another method.
  expect(await ask(dashboard.link, { host: 'evil.test' })).toMatchObject({ status: 421 });
  expect(await ask(dashboard.link, { origin: 'http://evil.test' })).toMatchObject({ status: 403 });
  expect(await ask(dashboard.link, {}, 'POST', 'x'.repeat(100_000))).toMatchObject({
    status: 405,
    headers: { allow: 'GET' },
  });

  const entered = await ask(dashboard.link);
  expect(entered).toMatchObject({ status: 303 });
  const home = entered.headers.location ?? '';
  const cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  expect(await ask(dashboard.link)).toMatchObject({ status: 403 });
  expect(await ask(dashboard.link, { cookie })).toMatchObject({ status: 403 });

  const rows = await ask(`${home}rows?verdict=denied`, { cookie });
  expect(JSON.parse(rows.body)).toMatchObject([{ app: 'billing', host: 'secret-name.test', verdict: 'denied' }]);
  expect(JSON.parse((await ask(`${home}rows?verdict=denied&app=other`, { cookie })).body)).toEqual([]);
  expect(await ask(`${home}rows?verdict=drop`, { cookie })).toMatchObject({ status: 400 });
  expect(await ask(`${home}rows?host=${'x'.repeat(300)}`, { cookie })).toMatchObject({ status: 400 });
  expect(await ask(`${home}rows`)).toMatchObject({ status: 401 });
  expect(await ask(`${home}rows`, { cookie }, 'DELETE')).toMatchObject({ status: 405 });
  for (const url of ['%2e%2e/cli.cjs', '../cli.cjs', 'page.js/', 'constructor', '__proto__']) {
    expect((await ask(`${home}${url}`, { cookie })).status).toBeGreaterThanOrEqual(400);
  }
  for (const { headers } of [entered, rows, await ask('/')]) {
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  }
});

test('who opens more streams than pages need is refused, and a stream that ends makes room', async () => {
  await using own = await openDashboard(egress.egress, { port: 0 });
  const { hostname, port } = new URL(own.link);
  const entered = await ask(own.link);
  const [cookie, home] = [entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '', entered.headers.location ?? ''];
  const open = () =>
    new Promise<{ readonly head: string; readonly end: () => void }>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', reject);
      socket.once('data', (data: Buffer) => resolve({ head: data.toString(), end: () => socket.destroy() }));
      socket.write(`GET ${home}events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${cookie}\r\n\r\n`);
    });
  const streams = [];
  for (let each = 0; each < 8; each++) streams.push(await open());
  expect(streams.every(({ head }) => head.startsWith('HTTP/1.1 200'))).toBe(true);
  expect((await open()).head).toMatch(/^HTTP\/1.1 503/);
  streams[0]?.end();
  await expect.poll(async () => (await open()).head, { timeout: 10_000 }).toMatch(/^HTTP\/1.1 200/);
});
