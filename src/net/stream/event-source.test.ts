import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Answer, type HttpServer, startHttp, startSaying } from '../../../test/helpers/http-server.ts';
import { startHttp2 } from '../../../test/helpers/http2-server.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import type { NetEventSource } from './event-source.ts';

const STREAM = { 'content-type': 'text/event-stream' };

/** A server that answers each request with one of these texts in turn, the last one again and again. */
function startEvents(...texts: readonly string[]): Promise<HttpServer> {
  let turn = 0;
  const answer: Answer = (response) => {
    response.writeHead(200, STREAM).end(texts[Math.min(turn++, texts.length - 1)]);
  };
  return startHttp(answer);
}

async function all(source: NetEventSource): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const event of source) events.push(event);
  return events;
}

describe('events', () => {
  it('are what the standard makes of the text', async () => {
    const text = [
      '\ufeffdata: first\n\n',
      ': a comment\n\n',
      'event: named\r\ndata: two\r\ndata:lines\r\nid: 7\r\n\r\n',
      'data\n\n',
      'id\ndata:  space kept\n\n',
      'id: a\0b\ndata: ü€😀\n\n',
      'unknown: field\nretry: x\nid: only\n\n',
      'event: nothing\n\n',
      'data: last\r\r',
      'data: cut off',
    ].join('');
    await using server = await startEvents(text);
    await using net = testNet();
    expect(await all(await net.eventSource(server.origin(), { reconnect: false }))).toEqual([
      { event: 'message', data: 'first', id: null },
      { event: 'named', data: 'two\nlines', id: '7' },
      { event: 'message', data: '', id: '7' },
      { event: 'message', data: ' space kept', id: null },
      { event: 'message', data: 'ü€😀', id: null },
      { event: 'message', data: 'last', id: 'only' },
    ]);
  });

  it('do not depend on where the text is cut', async () => {
    const text = Buffer.from('event: e\r\ndata: ü€😀\r\nid: ü\r\n\r\ndata: b\n\n');
    await using server = await startHttp((response) => {
      response.writeHead(200, STREAM).flushHeaders();
      let at = 0;
      const drip = (): void => {
        if (at === text.length) response.end();
        else response.write(text.subarray(at, ++at), () => setImmediate(drip));
      };
      drip();
    });
    await using net = testNet();
    expect(await all(await net.eventSource(server.origin(), { reconnect: false }))).toEqual([
      { event: 'e', data: 'ü€😀', id: 'ü' },
      { event: 'message', data: 'b', id: 'ü' },
    ]);
  });

  it('come when they come, also over POST with a body, and compressed', async () => {
    let go = (): void => {};
    await using server = await startHttp((response, { method, body, headers }) => {
      expect([method, body, headers.accept]).toEqual(['POST', '{"stream":true}', 'text/event-stream']);
      response.writeHead(200, { ...STREAM, 'content-encoding': 'gzip' });
      const [one, two] = ['data: {"n":1}\n\n', 'data: [DONE]\n\n'].map((text) => gzipSync(text));
      response.write(Buffer.concat([one ?? Buffer.alloc(0), two ?? Buffer.alloc(0)]).subarray(0, one?.length));
      go = () => response.end(two);
    });
    await using net = testNet();
    const source = await net.eventSource(server.origin(), { method: 'POST', bodyJson: { stream: true } });
    expect(await source.next()).toEqual({ event: 'message', data: '{"n":1}', id: null });
    const waiting = source.next();
    expect((await failureOf(source.next())).message).toContain('waiting already');
    go();
    // Members of a gzip stream that follow each other are one body.
    expect(await waiting).toMatchObject({ data: '[DONE]' });
    expect(await source.next()).toBe(null);
    expect([source.closed, await source.next()]).toEqual([true, null]);
    expect(server.seen).toHaveLength(1);
  });

  it('come over HTTP/2, side by side, and each is closed by itself', async () => {
    await using server = await startHttp2((request, response) => {
      response.writeHead(200, STREAM);
      response.write(`data: ${request.url}\n\n`);
    });
    await using net = testNet();
    const options = { caPem: pemOf('ca') };
    const [one, two] = await Promise.all(
      ['/one', '/two'].map((path) => net.eventSource(server.origin() + path, options)),
    );
    expect([(await one?.next())?.data, (await two?.next())?.data]).toEqual(['/one', '/two']);
    expect(server.seen.every((line) => line.startsWith('2.0 '))).toBe(true);
    await one?.close();
    await until(() => server.open === 1);
    await two?.close();
    await until(() => server.open === 0);
  });

  it('hold the server while nobody reads', async () => {
    let written = 0;
    await using server = await startHttp((response) => {
      response.writeHead(200, STREAM);
      const event = `data: ${'x'.repeat(100_000)}\n\n`;
      const more = (): void => {
        while (written < 400 && !response.destroyed) {
          written += 1;
          if (!response.write(event)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    await using net = testNet();
    const source = await net.eventSource(server.origin(), { reconnect: false });
    await source.next();
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(400);
    expect(await all(source)).toHaveLength(399);
  });
});

describe('reconnecting', () => {
  it('goes on with Last-Event-ID, after the time that the server says, until a 204', async () => {
    const clock = new ManualClock();
    let turn = 0;
    await using server = await startHttp((response) => {
      turn += 1;
      if (turn === 3) response.writeHead(204).end();
      else response.writeHead(200, STREAM).end(`retry: 5000\nid: ü${turn}\ndata: ${turn}\n\n`);
    });
    await using net = testNet({ clock });
    const source = await net.eventSource(server.origin());
    expect(await source.next()).toMatchObject({ data: '1', id: 'ü1' });
    let settled = false;
    const second = source.next({ timeout: null }).finally(() => {
      settled = true;
    });
    await until(() => clock.timers === 1);
    clock.advance(4_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect([settled, server.seen.length]).toEqual([false, 1]);
    clock.advance(1);
    expect(await second).toMatchObject({ data: '2' });
    const third = source.next({ timeout: null });
    await until(() => clock.timers > 0);
    clock.advance(5_000);
    expect(await third).toBe(null);
    const ids = server.seen.map(({ headers }) => headers['last-event-id']);
    expect(ids).toEqual([undefined, Buffer.from('ü1').toString('latin1'), Buffer.from('ü2').toString('latin1')]);
  });

  it('is lazy: a stream that nobody reads asks for nothing', async () => {
    const clock = new ManualClock();
    await using server = await startEvents('data: 1\n\n');
    await using net = testNet({ clock });
    const source = await net.eventSource(server.origin());
    await until(() => server.seen.length === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000_000);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([server.seen.length, clock.timers]).toEqual([1, 0]);
    await source.close();
  });

  it('is not made by a wait that is over, and by the next one at once', async () => {
    const clock = new ManualClock();
    await using server = await startEvents('data: 1\n\n', 'data: 2\n\n');
    await using net = testNet({ clock });
    const source = await net.eventSource(server.origin());
    expect(await source.next()).toMatchObject({ data: '1' });
    const given = failureOf(source.next({ timeout: 1 }));
    await until(() => clock.timers === 2);
    clock.advance(1_000);
    expect(await given).toMatchObject({ code: 'NET_TIMEOUT' });
    clock.advance(60_000);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([server.seen.length, clock.timers]).toEqual([1, 0]);
    const next = source.next();
    await until(() => clock.timers === 2);
    clock.advance(0);
    expect(await next).toMatchObject({ data: '2' });
  });

  it('goes on after a reset, and longer each time that nothing comes', async () => {
    const clock = new ManualClock();
    let turn = 0;
    await using server = await startHttp((response) => {
      turn += 1;
      response.writeHead(200, STREAM);
      if (turn === 1) response.write('data: 1\n\n', () => response.socket?.resetAndDestroy());
      else if (turn < 5) response.end();
      else response.end('data: at last\n\n');
    });
    await using net = testNet({ clock });
    const source = await net.eventSource(server.origin(), { timeout: null });
    expect(await source.next()).toMatchObject({ data: '1' });
    const waiting = source.next();
    for (const pause of [3_000, 6_000, 12_000, 24_000]) {
      const before = server.seen.length;
      await until(() => clock.timers === 1);
      clock.advance(pause - 1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.seen.length).toBe(before);
      clock.advance(1);
      await until(() => server.seen.length === before + 1);
    }
    expect(await waiting).toMatchObject({ data: 'at last' });
  });

  it('is not done for other methods, or where nobody wants it; a cut is then an error', async () => {
    await using server = await startHttp((response) => {
      response.writeHead(200, STREAM).write('data: 1\n\n', () => response.socket?.resetAndDestroy());
    });
    await using net = testNet();
    for (const options of [{ method: 'POST' }, { reconnect: false }]) {
      const source = await net.eventSource(server.origin(), options);
      expect(await source.next()).toMatchObject({ data: '1' });
      expect((await failureOf(source.next())).name).toBe('ConnectionResetError');
      expect((await failureOf(source.next())).name).toBe('ConnectionResetError');
    }
    expect(server.seen).toHaveLength(2);
  });

  it('ends where it is answered otherwise', async () => {
    const clock = new ManualClock();
    let turn = 0;
    await using server = await startHttp((response) => {
      turn += 1;
      if (turn === 1) response.writeHead(200, STREAM).end();
      else response.writeHead(502).end();
    });
    await using net = testNet({ clock });
    const source = await net.eventSource(server.origin());
    const failed = failureOf(source.next());
    await until(() => clock.timers === 2);
    clock.advance(3_000);
    expect(await failed).toMatchObject({ name: 'HttpStatusError', status: 502 });
    expect(source.closed).toBe(true);
  });

  it('begins where an earlier stream ended', async () => {
    await using server = await startEvents('data: 1\n\n');
    await using net = testNet();
    await using source = await net.eventSource(server.origin(), { lastEventId: '41' });
    expect(await source.next()).toMatchObject({ id: '41' });
    expect(server.seen[0]?.headers['last-event-id']).toBe('41');
  });
});

describe('opening', () => {
  it.each([
    [200, 'text/html', 'ProtocolError'],
    [200, 'text/event-streams', 'ProtocolError'],
    [200, '', 'ProtocolError'],
    [404, 'text/event-stream', 'HttpStatusError'],
    [206, 'text/event-stream', 'HttpStatusError'],
  ])('raises for a status of %s and the type %j', async (status, type, name) => {
    await using server = await startHttp((response) => {
      response.writeHead(status, type === '' ? {} : { 'content-type': type }).write('data: 1\n\n');
    });
    await using net = testNet();
    const failure = await failureOf(net.eventSource(server.origin()));
    expect(failure).toMatchObject({ name, operation: 'event_source', host: 'api.test', port: server.port });
    await until(() => server.connections.open === 0);
  });

  it('takes the type in any case and with parameters, and a 204 for the end', async () => {
    let turn = 0;
    await using server = await startHttp((response) => {
      turn += 1;
      if (turn === 1)
        response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=utf-8' }).end('data: 1\n\n');
      else response.writeHead(204).end();
    });
    await using net = testNet();
    await using source = await net.eventSource(server.origin());
    expect(await source.next()).toMatchObject({ data: '1' });
    const empty = await net.eventSource(server.origin());
    expect([await empty.next(), empty.closed]).toEqual([null, true]);
  });

  it('lets the caller’s headers win', async () => {
    await using server = await startEvents('');
    await using net = testNet();
    await using _source = await net.eventSource(server.origin(), {
      headers: { accept: 'application/x-ndjson', 'X-A': 'b', 'CACHE-CONTROL': null },
      auth: { bearer: 't' },
      query: { a: 1 },
    });
    const { headers, url } = server.seen[0] ?? expect.unreachable();
    expect([headers.accept, headers['x-a'], headers['cache-control'], headers.authorization, url]).toEqual([
      'application/x-ndjson',
      'b',
      undefined,
      'Bearer t',
      '/?a=1',
    ]);
  });

  it('has a time-out up to the headers, and none for the stream', async () => {
    const clock = new ManualClock();
    await using silent = await startHttp(() => {});
    await using net = testNet({ clock });
    const failed = failureOf(net.eventSource(silent.origin(), { timeout: 5 }));
    await until(() => silent.seen.length === 1);
    clock.advance(5_000);
    expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'headers', operation: 'event_source' });
    await using server = await startHttp((response) => {
      response.writeHead(200, STREAM).write('data: 1\n\n');
    });
    await using source = await net.eventSource(server.origin(), { timeout: 5 });
    await source.next();
    clock.advance(1_000_000);
    const waiting = failureOf(source.next());
    clock.advance(5_000);
    expect(await waiting).toMatchObject({ name: 'TimeoutError', phase: 'read', operation: 'next' });
    expect(source.closed).toBe(false);
  });

  it('speaks TLS with authorities and a certificate of its own', async () => {
    await using server = await startHttp((response) => response.writeHead(200, STREAM).end('data: 1\n\n'), 'good');
    await using net = testNet();
    expect((await failureOf(net.eventSource(server.origin()))).name).toBe('TlsError');
    const client = { clientCertPem: pemOf('client'), clientKeyPem: pemOf('client') };
    for (const options of [{ caPem: pemOf('ca') }, { verify: false }, { caPem: pemOf('ca'), ...client }]) {
      await using source = await net.eventSource(server.origin(), options);
      expect(await source.next()).toMatchObject({ data: '1' });
    }
  });

  it('refuses options that can not be used', async () => {
    await using net = testNet();
    for (const options of [
      { maxEvent: 0 },
      { reconnect: 1 },
      { lastEventId: 'a\nb' },
      { maxBody: 1 },
      { timeOut: 1 },
    ]) {
      expect((await failureOf(net.eventSource('http://a.test/', options as object))).name).toBe('ArgumentError');
    }
    expect((await failureOf(net.eventSource('ws://a.test/'))).name).toBe('ArgumentError');
  });
});

describe('closing', () => {
  it('ends the connection and whoever waits', async () => {
    await using server = await startHttp((response) => {
      response.writeHead(200, STREAM).write('data: 1\n\n');
    });
    await using net = testNet();
    const source = await net.eventSource(server.origin());
    await source.next();
    const waiting = source.next();
    await source.close();
    await source.close();
    expect([await waiting, await source.next(), source.closed]).toEqual([null, null, true]);
    await until(() => server.connections.open === 0);
  });

  it('is done by a signal too, with its reason', async () => {
    await using server = await startSaying('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    await using net = testNet();
    const stop = new AbortController();
    const source = await net.eventSource(server.origin(), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(source.next()).rejects.toBe(reason);
    await until(() => server.connections.open === 0);
  });
});

it('that is opened by a net that is revoked leaves no listener on the signals of its opener', async () => {
  await using net = testNet();
  const narrowed = net.narrow(['*']);
  net.revoke(narrowed);
  const { signal } = new AbortController();
  expect(await failureOf(narrowed.eventSource('http://a.test/', undefined, { signal }))).toMatchObject({
    code: 'NET_REVOKED',
  });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
