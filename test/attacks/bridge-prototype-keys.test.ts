/** Attack: records with keys that mean something to JavaScript, as options, headers, query, narrowing and who asks. */
import { expect, it } from 'vitest';
import type { WireValue } from '../../src/wire/codec.ts';
import { writeBody } from '../../src/wire/written-bodies.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toJSON',
  'then',
  'valueOf',
  'toString',
  'hasOwnProperty',
  'signal',
];

/** A record with a key that an object literal could not have. */
function record(key: string, value: WireValue): { readonly [key: string]: WireValue } {
  const made: { [key: string]: WireValue } = Object.create(null);
  made[key] = value;
  return made;
}

it('refuses them as options', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet({}, { allowNet: ['api.test'] });
  using link = new ServedLink(net);
  for (const key of KEYS) {
    for (const value of [null, { timeout: 1, allow: ['*'], aborted: false }, 'x']) {
      const options = record(key, value);
      const url = server.origin();
      expect((await link.ask('net.fetch', 0, url, options, USER)).kind).toBe('error');
      expect((await link.ask('net.client', 0, options)).kind).toBe('error');
      expect((await link.ask('net.tcp', 0, 'api.test', server.port, options, USER)).kind).toBe('error');
      expect((await link.ask('net.tls', 0, 'api.test', server.port, options, USER)).kind).toBe('error');
      expect((await link.ask('net.narrow', 0, ['*'], options, USER)).kind).toBe('error');
    }
  }
  expect(server.connections.accepted).toBe(0);
  expect(Reflect.get(Object.prototype, 'timeout')).toBeUndefined();
  expect(Reflect.get(Object.prototype, 'allow')).toBeUndefined();
});

it('sends them as headers and queries, where they are plain names, and pollutes nothing', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  using link = new ServedLink(net);
  for (const key of ['__proto__', 'constructor', 'toJSON', 'then', 'valueOf']) {
    const answer = await link.ask(
      'net.fetch',
      0,
      server.origin(),
      { headers: record(key, 'v'), query: record(key, 'q') },
      USER,
    );
    expect(answer).toMatchObject({ kind: 'value', value: { status: 200 } });
    const seen = server.seen.at(-1);
    expect(seen?.rawHeaders.map((text) => text.toLowerCase())).toContain(key.toLowerCase());
    expect(seen?.url).toBe(`/?${key}=q`);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('sends them in JSON and forms that the script has written, as plain names too', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  using link = new ServedLink(net);
  const value = record('__proto__', 'x');
  for (const name of ['bodyJson', 'bodyForm']) {
    await link.ask('net.fetch', 0, server.origin(), { method: 'POST', ...writeBody(record(name, value)) }, USER);
  }
  expect(server.seen.map(({ body }) => body)).toEqual(['{"__proto__":"x"}', '__proto__=x']);
});

it('reads headers of a server by such names as data', async () => {
  await using server = await startHttp((response) => {
    response.writeHead(
      200,
      [
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['toString', 't'],
      ].flat(),
    );
    response.end();
  });
  await using net = testNet();
  using link = new ServedLink(net);
  const answer = await link.ask('net.fetch', 0, server.origin(), {}, USER);
  const { value } = answer.kind === 'value' ? answer : expect.unreachable(JSON.stringify(answer));
  expect(JSON.stringify(value)).toContain('["constructor","c"]');
  expect(JSON.stringify(value)).toContain('["__proto__","p"]');
});

it('takes who asks for a claim and cuts it short', async () => {
  await using net = testNet({}, { allowNet: ['api.test'] });
  const decisions: unknown[] = [];
  net.on('decision', (decision) => decisions.push(decision));
  using link = new ServedLink(net);
  const claims: WireValue[] = [
    [],
    [1, 2, 3],
    ['user', {}, 1.5],
    [record('__proto__', 'user'), record('toString', 1), []],
    ['r'.repeat(10_000), 'f'.repeat(10_000), 2 ** 60],
  ];
  for (const by of claims) {
    expect(await link.ask('net.tcp', 0, 'evil.test', 1, {}, by)).toMatchObject({ name: 'HostNotAllowedError' });
  }
  expect(decisions.length).toBe(claims.length);
  expect(JSON.stringify(decisions).length).toBeLessThan(4_000);
  expect(decisions[1]).toMatchObject({ role: 'unknown', file: null });
});
