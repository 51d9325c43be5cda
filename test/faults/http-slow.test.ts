/** Servers that are slow, or stop: which time-out strikes, in which phase, and what is left open. */
import { describe, expect, it } from 'vitest';
import { startHttp, startRaw } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';

describe('time-outs', () => {
  it('strike in the look-up', async () => {
    const clock = new ManualClock();
    let asked = false;
    const resolve = () => {
      asked = true;
      return new Promise<string[]>(() => {});
    };
    await using net = testNet({ clock, resolve });
    const failed = failureOf(net.fetch('http://api.test/', { timeout: 5 }));
    await until(() => asked);
    clock.advance(5_000);
    expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'dns', operation: 'fetch', host: 'api.test' });
  });

  it('strike in the handshake, by the whole or by connectTimeout', async () => {
    for (const options of [{ timeout: 5 }, { timeout: 50, connectTimeout: 5 }, { timeout: null, connectTimeout: 5 }]) {
      const clock = new ManualClock();
      await using server = await startTcp();
      await using net = testNet({ clock });
      const failed = failureOf(net.fetch(`https://api.test:${server.port}/`, options));
      const peer = await server.accept();
      await until(() => clock.timers > 0);
      await new Promise((resolve) => peer.once('data', resolve));
      clock.advance(5_000);
      expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'tls' });
    }
  });

  it('do not count connectTimeout once the connection is there', async () => {
    const clock = new ManualClock();
    await using server = await startHttp((response) => {
      clock.advance(20_000);
      response.end('late');
    });
    await using net = testNet({ clock });
    expect(await (await net.fetch(server.origin(), { connectTimeout: 5 })).text()).toBe('late');
  });

  it('strike while the request is being sent', async () => {
    const clock = new ManualClock();
    await using server = await startTcp();
    await using net = testNet({ clock });
    const body = Buffer.alloc(64 * 2 ** 20);
    const failed = failureOf(net.fetch(`http://api.test:${server.port}/`, { method: 'POST', body, timeout: 5 }));
    const peer = await server.accept();
    // It reads the head and then no more.
    await new Promise((resolve) => peer.once('data', resolve));
    peer.pause();
    await until(() => clock.timers > 0);
    clock.advance(5_000);
    expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'request' });
    await until(() => peer.resume().destroyed || peer.readableEnded);
  });

  it('are 30 seconds if nobody says, and none for null', async () => {
    const clock = new ManualClock();
    await using server = await startHttp(() => {});
    const net = testNet({ clock });
    let failed = false;
    const usual = failureOf(net.fetch(server.origin())).finally(() => {
      failed = true;
    });
    const patient = failureOf(net.fetch(server.origin(), { timeout: null }));
    await until(() => server.seen.length === 2);
    clock.advance(29_999);
    await Promise.resolve();
    expect(failed).toBe(false);
    clock.advance(1);
    expect(await usual).toMatchObject({ phase: 'headers', retryable: true });
    clock.advance(100_000_000);
    await net.close();
    expect((await patient).name).toBe('RevokedError');
  });

  it('leave no timer behind', async () => {
    const clock = new ManualClock();
    await using server = await startHttp((response) => response.end('x'));
    await using net = testNet({ clock });
    await (await net.fetch(server.origin(), { timeout: 1 })).bytes();
    await (await net.fetch(server.origin(), { timeout: 100 })).bytes();
    clock.advance(1_000);
    expect(clock.timers).toBe(0);
  });
});

describe('an answer before the request is over', () => {
  it('is the answer', async () => {
    await using server = await startRaw((socket) => {
      socket.pause();
      socket.end('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge');
    });
    await using net = testNet();
    const response = await net.fetch(server.origin(), { method: 'POST', body: Buffer.alloc(1_000_000) });
    expect([response.status, await response.text()]).toEqual([413, 'large']);
  });
});

describe('back-pressure', () => {
  it('makes the server wait for the reader', async () => {
    const total = 64 * 2 ** 20;
    let written = 0;
    await using server = await startHttp((response) => {
      response.writeHead(200, { 'content-length': total });
      const piece = Buffer.alloc(2 ** 20);
      const more = (): void => {
        while (written < total) {
          written += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    await using net = testNet();
    const response = await net.fetch(server.origin());
    let read = (await response.read())?.length ?? 0;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(total);
    for (let piece = await response.read(); piece !== null; piece = await response.read({ max: 1_000_000 }))
      read += piece.length;
    expect(read).toBe(total);
  });
});

it('ends by the signal of a call, wherever it is', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/body') response.writeHead(200, { 'content-length': 100 }).write('x');
  });
  await using net = testNet();
  const reason = new Error('enough');
  await expect(net.fetch(server.origin(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(server.connections.accepted).toBe(0);
  const stop = new AbortController();
  const waiting = expect(net.fetch(server.origin(), { signal: stop.signal })).rejects.toBe(reason);
  await until(() => server.seen.length === 1);
  stop.abort(reason);
  await waiting;
  const later = new AbortController();
  const response = await net.fetch(`${server.origin()}/body`, { signal: later.signal });
  later.abort(reason);
  await expect(response.bytes()).rejects.toBe(reason);
  await until(() => server.connections.open === 0);
});
