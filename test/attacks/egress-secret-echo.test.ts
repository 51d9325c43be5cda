/** A server that says a secret back wherever a response has room for text: none of it reaches the script. */
import { expect, test } from 'vitest';
import type { AuthInput } from '../../src/net/http/options.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp, startRaw } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

/** Every way to write a text that a server might know it in. */
function spellings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [
    value,
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll(/%../g, (each) => each.toLowerCase()),
    new URLSearchParams([['', value]]).toString().slice(1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    percent,
  ];
}

const VALUE = 'sk/live+x y:Zürich"51';
const PARTS = ['sk/live+x y', 'Zürich"51'];

const WAYS: readonly AuthInput[] = [
  'KEY',
  { secret: 'KEY', as: 'basic' },
  { secret: 'KEY', as: 'header:X-Key' },
  { secret: 'KEY', as: 'query:key' },
];

/** As a script would look for it: in any case. */
function shows(text: string, values: readonly string[] = [VALUE]): readonly string[] {
  return values.flatMap(spellings).filter((each) => text.toLowerCase().includes(each.toLowerCase()));
}

test.each(WAYS)('%j: in headers, their names, the reason, trailers', async (auth) => {
  const told =
    auth !== 'KEY' && typeof auth === 'object' && 'as' in auth && auth.as === 'basic' ? [VALUE, ...PARTS] : [VALUE];
  const lines = told
    .flatMap(spellings)
    .flatMap((each, at) => [`x-${at}: a ${each} b`, ...(/^[\w-]+$/.test(each) ? [`x-${each}: 1`] : [])])
    .join('\r\n');
  const reason = Buffer.from(VALUE, 'latin1').toString('latin1');
  await using server = await startRaw((socket) => {
    const head = `HTTP/1.1 200 ${reason}\r\n${lines}\r\nset-cookie: k=${encodeURIComponent(VALUE)}\r\nset-cookie: b=1\r\n`;
    socket.write(Buffer.from(`${head}transfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n`, 'latin1'));
    socket.write(Buffer.from(`1\r\nx\r\n0\r\nx-t: ${encodeURIComponent(VALUE)}\r\n\r\n`, 'latin1'));
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  const response = await egress.net({ app: 'a' }).fetch(`${server.origin()}/x`, { auth });
  await response.bytes();
  const all = JSON.stringify([
    response.reason,
    response.headers,
    response.headerLines(),
    response.headerAll('set-cookie'),
    response.trailers,
    response.trailerLines(),
    response.url,
    response.redirectChain,
  ]);
  expect(shows(JSON.parse(`"${all.replaceAll('"', '').replaceAll('\\', '')}"`), told)).toEqual([]);
  expect(response.headerAll('set-cookie')).toEqual(['k=***', 'b=1']);
  expect(response.trailers).toEqual({ 'x-t': '***' });
});

test.each(WAYS)('%j: in where it sends the call', async (auth) => {
  const heard: string[] = [];
  await using server = await startHttp((response, { url, headers }) => {
    heard.push(String(headers.host));
    const [, kind = ''] = /^\/(\w+)/.exec(url) ?? [];
    const value = encodeURIComponent(VALUE);
    const places: Readonly<Record<string, string>> = {
      path: `/end/${value}`,
      query: `/end?key=${value}&q=1`,
      fragment: `/end#${value}`,
      host: `http://${Buffer.from(VALUE).toString('hex')}.test/`,
      denied: `http://elsewhere.test/${value}`,
      user: `http://${value}@elsewhere.test/`,
      scheme: `${Buffer.from(VALUE).toString('hex').replace(/^\d+/, 'x')}:x`,
      broken: `http://[${value}`,
    };
    if (kind === 'end') response.end('ok');
    else response.writeHead(302, { location: places[kind] ?? '/' }).end();
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  const net = egress.net({ app: 'a' });
  const told: unknown[] = [];
  net.on('decision', (decision) => told.push(decision));
  for (const kind of ['path', 'query', 'fragment']) {
    const response = await net.fetch(`${server.origin()}/${kind}`, { auth });
    told.push(response.url, response.redirectChain);
  }
  for (const kind of ['host', 'denied', 'user', 'scheme', 'broken']) {
    const error = await failureOf(net.fetch(`${server.origin()}/${kind}`, { auth }));
    told.push({ ...error }, error.message, error.stack, error.host, error.hint, String(error.cause));
  }
  told.push(await egress.journal({ limit: 99 }));
  expect(shows(JSON.stringify(told))).toEqual([]);
});
