/** Net: composition, narrowing, revocation, and who hears of decisions. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../test/helpers/http-server.ts';
import { asText, failureOf, openSockets, startTcp, testNet, until } from '../../test/helpers/tcp-server.ts';
import { Grants } from './grants/grants.ts';
import { type NetDecision, openNet } from './net.ts';
import { VERSION } from './net-options.ts';

describe('openNet', () => {
  it.each([
    [{ resolver: () => [] }, 'there is no option "resolver"'],
    [{ resolve: '127.0.0.1' }, 'resolve must be a function'],
    [{ ca: 'file.pem' }, 'ca must be PEM text'],
    [{ userAgent: 'a\r\nb' }, 'userAgent has a control character'],
    [{ clock: {} }, 'clock must have'],
    [{ limits: { readAhead: 0 } }, 'readAhead must be an integer from 1'],
    [{ limits: { readahead: 5 } }, 'openNet limits: there is no option "readahead"'],
    [{ limits: 5 }, 'openNet limits: the options must be an object'],
  ])('refuses %j', (options, message) => {
    expect(() => openNet(Grants.parse({ allowNet: true }), options as object)).toThrow(message);
  });

  it('takes grants that were parsed, and nothing that looks like them', () => {
    expect(() => openNet({ allowNet: true } as never)).toThrow('Grants.parse');
  });

  it('says which version it is', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(VERSION).toBe(version);
  });
});

describe('Net', () => {
  it('refuses what is not granted, before anything is sent', async () => {
    await using server = await startTcp();
    await using net = testNet({}, { allowNet: [`api.test:${server.port}`] });
    expect((await failureOf(net.tcp('other.test', server.port))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.tcp('api.test', 1))).name).toBe('PortNotAllowedError');
    expect((await failureOf(net.tls('other.test', server.port))).name).toBe('HostNotAllowedError');
    expect(server.accepted).toBe(0);
    expect([net.allowed('api.test', server.port), net.allowed('other.test', server.port)]).toEqual([true, false]);
    expect(net.listenAllowed('127.0.0.1', 8080)).toBe(false);
    expect(net.grants).toMatchObject({ allowNet: [`api.test:${server.port}`] });
  });

  it('narrows, and never widens', async () => {
    await using server = await startTcp();
    await using net = testNet({}, { allowNet: ['*.test'] });
    const small = net.narrow(['api.test']);
    const [socket] = await Promise.all([small.tcp('api.test', server.port), server.accept()]);
    await socket.close();
    for (const one of [small, small.narrow(['*']), small.narrow(['other.test'])]) {
      expect((await failureOf(one.tcp('other.test', server.port))).name).toBe('HostNotAllowedError');
    }
    expect((await failureOf(net.narrow(['*'], { raw: false }).tcp('api.test', server.port))).name).toBe(
      'HostNotAllowedError',
    );
    expect(() => net.narrow(['https://api.test'])).toThrow();
  });

  it('counts each connect as a request', async () => {
    await using server = await startTcp();
    await using net = testNet();
    const small = net.narrow(['*'], { maxRequests: 1 });
    await using socket = await small.tcp('api.test', server.port);
    expect(socket.connected).toBe(true);
    expect((await failureOf(small.tcp('api.test', server.port))).name).toBe('BudgetExhaustedError');
  });

  it('revokes what was narrowed from it, and nothing else', async () => {
    await using server = await startTcp();
    await using net = testNet();
    const small = net.narrow(['*']);
    net.revoke(small);
    expect((await failureOf(small.tcp('api.test', server.port))).name).toBe('RevokedError');
    expect(() => net.revoke(net)).toThrow('narrowed from this one');
    expect(() => net.revoke(testNet().narrow(['*']))).toThrow('narrowed from this one');
    expect(() => net.revoke({} as never)).toThrow('narrowed from this one');
    await using socket = await net.tcp('api.test', server.port);
    expect(socket.connected).toBe(true);
  });

  it('ends a narrowed net alone when that is closed', async () => {
    await using server = await startTcp();
    await using net = testNet();
    const small = net.narrow(['*']);
    const [inner, outer] = await Promise.all([small.tcp('api.test', server.port), net.tcp('api.test', server.port)]);
    await small.close();
    await small.close();
    expect([inner.connected, outer.connected]).toEqual([false, true]);
  });

  it('tells whoever watches of each decision, with who asked and why', async () => {
    await using server = await startTcp();
    await using net = testNet({}, { allowNet: ['api.test'] });
    const small = net.narrow(['*']);
    const heard: { net: NetDecision[]; small: NetDecision[]; sibling: NetDecision[] } = {
      net: [],
      small: [],
      sibling: [],
    };
    net.on('decision', (decision) => heard.net.push(decision));
    small.on('decision', (decision) => heard.small.push(decision));
    net.narrow(['*']).on('decision', (decision) => heard.sibling.push(decision));
    const by = { role: 'user', file: 'a.casp', line: 7 };
    await using socket = await small.tcp('API.test', server.port, {}, { by });
    expect(socket.host).toBe('API.test');
    await failureOf(net.tcp('other.test', 80));
    expect(heard.small).toHaveLength(1);
    expect(heard.small[0]).toMatchObject({
      ...by,
      operation: 'connect',
      host: 'api.test',
      written: 'API.test',
      port: server.port,
      verdict: 'allowed',
      rule: 'api.test',
    });
    expect(heard.net).toHaveLength(2);
    expect(heard.net[1]).toMatchObject({ role: 'host', host: 'other.test', verdict: 'no_grant' });
    expect(heard.sibling).toEqual([]);
    expect(() => net.on('decisions' as never, () => {})).toThrow('decision');
  });

  it('stops telling when it is told to', async () => {
    await using net = testNet({}, { allowNet: ['api.test'] });
    const heard: NetDecision[] = [];
    const stop = net.on('decision', (decision) => heard.push(decision));
    stop();
    await failureOf(net.tcp('other.test', 80));
    expect(heard).toEqual([]);
  });

  it('ends an operation by the option or by the context', async () => {
    await using net = testNet({ resolve: () => new Promise(() => {}) });
    const [one, other] = [new AbortController(), new AbortController()];
    const start = () => net.tcp('api.test', 80, { signal: one.signal }, { signal: other.signal });
    const first = start();
    other.abort(new Error('by the context'));
    await expect(first).rejects.toThrow('by the context');
    await expect(start()).rejects.toThrow('by the context');
  });

  it('serves many sockets at once and leaves none', async () => {
    await using server = await startTcp();
    {
      await using net = testNet();
      const sockets = await Promise.all(Array.from({ length: 50 }, () => net.tcp('api.test', server.port)));
      const peers = await Promise.all(sockets.map(() => server.accept()));
      for (const [index, peer] of peers.entries()) peer.end(`${index}\n`);
      const lines = await Promise.all(sockets.map((socket) => socket.recvLine({ chomp: true })));
      const numbers = lines.map((line) => Number(asText(line))).sort((left, right) => left - right);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
    }
    await server[Symbol.asyncDispose]();
    await until(() => openSockets() === 0);
  });
});

it('what a listener throws is an uncaught exception, and nothing of the call that it was told of', async () => {
  await using server = await startHttp((response) => response.end('ok'));
  await using net = testNet();
  const uncaught: unknown[] = [];
  const keep = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', keep);
  const thrown = new Error('of the listener');
  net.on('decision', ({ verdict }) => {
    if (verdict === 'header_dropped') throw thrown;
  });
  const response = await net.fetch(server.origin(), { headers: { connection: 'close' } });
  expect(await response.text()).toBe('ok');
  process.off('uncaughtException', keep);
  expect(uncaught).toEqual([thrown]);
});
