/** HTTP/2: agreed on by ALPN, one connection for requests at once, each of which can fail by itself. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { type Http2Options, startHttp2 } from '../../../test/helpers/http2-server.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import type { Net } from '../net.ts';

const trusting = (): Net => testNet({ ca: pemOf('ca') });

const echo: Parameters<typeof startHttp2>[0] = (request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.setHeader('x-length', request.headers['content-length'] ?? 'none');
    response.end(Buffer.concat(pieces));
  });
};

describe('a server that offers it', () => {
  it('is spoken to in HTTP/2', async () => {
    await using server = await startHttp2(echo);
    await using net = trusting();
    const response = await net.fetch(`${server.origin()}/p?q=1`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect([response.status, response.reason, response.httpVersion]).toEqual([200, '', '2']);
    expect(response.headerAll('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(response.header('x-length')).toBe('100000');
    expect((await response.text()).length).toBe(100_000);
    expect(server.seen).toEqual([`2.0 POST api.test:${server.port} /p?q=1`]);
  });

  it('is not, where the client does not offer it', async () => {
    await using server = await startHttp2(echo, { http1: true });
    await using net = trusting();
    const client = net.http.client.new({ http2: false });
    expect((await client.get(server.origin())).httpVersion).toBe('1.1');
    expect((await net.fetch(server.origin())).httpVersion).toBe('2');
  });

  it.each(['GET', 'HEAD', 'DELETE', 'PROPFIND'])('takes %s', async (method) => {
    await using server = await startHttp2((_request, response) => response.end('body'));
    await using net = trusting();
    const response = await net.fetch(server.origin(), { method });
    expect([response.status, await response.text()]).toEqual([200, method === 'HEAD' ? '' : 'body']);
  });

  it('has one connection for requests at once, from the first on', async () => {
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using server = await startHttp2((_request, response) => void held.then(() => response.end('x')));
    await using net = trusting();
    const all = Array.from({ length: 20 }, (_, at) => net.fetch(`${server.origin()}/${at}`));
    await until(() => server.open === 20);
    release?.();
    for (const response of await Promise.all(all)) expect(await response.text()).toBe('x');
    expect(server.connections).toBe(1);
  });

  it('may allow fewer at once', async () => {
    await using server = await startHttp2((_request, response) => response.end('x'), { maxConcurrentStreams: 2 });
    await using net = trusting();
    const all = await Promise.all(Array.from({ length: 12 }, () => net.fetch(server.origin())));
    for (const response of all) expect(await response.text()).toBe('x');
    expect(server.connections).toBe(1);
  });

  it('sends bodies that come in pieces, and trailers', async () => {
    await using server = await startHttp2((request, response) => {
      response.write('a');
      request.resume();
      request.on('end', () => {
        response.addTrailers({ 'x-sum': 'abc' });
        response.end('b');
      });
    });
    await using net = trusting();
    async function* pieces() {
      yield Buffer.from('one');
      yield Buffer.from('two');
    }
    const response = await net.fetch(server.origin(), { method: 'PUT', bodyFile: pieces() });
    expect(await response.text()).toBe('ab');
    expect(response.trailers).toEqual({ 'x-sum': 'abc' });
  });

  it('waits while nobody reads', async () => {
    let written = 0;
    await using server = await startHttp2((_request, response) => {
      const more = (): void => {
        for (let room = true; room && response.writable; ) {
          room = response.write(Buffer.alloc(65_536));
          written += 65_536;
        }
      };
      response.on('drain', more);
      more();
    });
    await using net = trusting();
    const response = await net.fetch(server.origin());
    let before = -1;
    await until(() => {
      const same = written > 0 && written === before;
      before = written;
      return same;
    });
    expect(written).toBeLessThan(4_000_000);
    await response.close();
    expect((await net.fetch(server.origin(), { method: 'HEAD' })).status).toBe(200);
    expect(server.connections).toBe(1);
  });
});

describe('what fails', () => {
  const failing = async (onStream: NonNullable<Http2Options['onStream']>) => startHttp2(() => {}, { onStream });

  it('fails alone: a request that is given up frees its stream and leaves the connection', async () => {
    await using server = await startHttp2((request, response) => {
      if (request.url !== '/hang') response.end('x');
    });
    await using net = trusting();
    const ending = new AbortController();
    const hanging = net.fetch(`${server.origin()}/hang`, { signal: ending.signal });
    hanging.catch(() => {});
    await until(() => server.open === 1);
    expect(await failureOf(net.fetch(`${server.origin()}/hang`, { timeout: 0.2 }))).toMatchObject({
      code: 'NET_TIMEOUT',
      phase: 'headers',
    });
    ending.abort(new RangeError('enough'));
    await expect(hanging).rejects.toThrow('enough');
    await until(() => server.open === 0);
    expect(await (await net.fetch(server.origin())).text()).toBe('x');
    expect(server.connections).toBe(1);
  });

  it('is a reset where the peer resets, whatever it says', async () => {
    for (const code of [0, 2, 7, 8, 11]) {
      await using server = await failing((stream) => {
        stream.close(code);
        return true;
      });
      await using net = trusting();
      expect(await failureOf(net.fetch(server.origin())), String(code)).toMatchObject({ code: 'NET_RESET' });
    }
  });

  it('is a reset where the connection goes in the middle', async () => {
    await using server = await startHttp2((_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('abc', () => response.stream.session?.socket.destroy());
    });
    await using net = trusting();
    const response = await net.fetch(server.origin());
    expect(await failureOf(response.bytes())).toMatchObject({ code: 'NET_RESET' });
  });

  it('is a broken protocol where the body is not as long as it says', async () => {
    await using server = await failing((stream) => {
      stream.respond({ ':status': 200, 'content-length': 10 });
      stream.end('abc');
      return true;
    });
    await using net = trusting();
    const response = await net.fetch(server.origin());
    expect(await failureOf(response.bytes())).toMatchObject({ code: 'NET_PROTOCOL' });
  });

  it('ends with the capability, and others on the connection go on', async () => {
    await using server = await startHttp2((request, response) => {
      if (request.url !== '/hang') response.end('x');
    });
    await using net = trusting();
    const small = net.narrow(['*']);
    const hanging = failureOf(small.fetch(`${server.origin()}/hang`));
    const other = failureOf(net.fetch(`${server.origin()}/hang`, { timeout: 3 }));
    await until(() => server.open === 2);
    net.revoke(small);
    expect(await hanging).toMatchObject({ code: 'NET_REVOKED' });
    await until(() => server.open === 1);
    expect(await other).toMatchObject({ code: 'NET_TIMEOUT' });
    expect(server.connections).toBe(1);
  });

  it('is made again over another connection after GOAWAY, where that is safe', async () => {
    await using server = await startHttp2((_request, response) => response.end('x'));
    await using net = trusting();
    await (await net.fetch(server.origin())).bytes();
    for (const session of server.sessions) {
      session.close();
      await once(session, 'close');
    }
    expect(await (await net.fetch(server.origin())).text()).toBe('x');
    expect(await (await net.fetch(server.origin(), { method: 'POST', body: 'y' })).text()).toBe('x');
    expect(server.connections).toBe(2);
  });

  it('has no more header than is accepted', async () => {
    await using server = await startHttp2((_request, response) => {
      for (let at = 0; at < 60; at++) response.setHeader(`x-${at}`, 'y'.repeat(2_000));
      response.end('x');
    });
    await using net = trusting();
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_PROTOCOL' });
  });
});

describe('how many connections there are', () => {
  it('are no more than are allowed to an origin: the next request waits', async () => {
    const waiting: (() => void)[] = [];
    await using server = await startHttp((response) => waiting.push(() => response.end('x')));
    await using net = testNet({ limits: { connectionsPerOrigin: 2 } });
    const all = Array.from({ length: 5 }, () => net.fetch(server.origin()).then((response) => response.text()));
    for (let answered = 0; answered < 5; ) {
      await until(() => waiting.length > 0);
      await until(() => waiting.length === Math.min(2, 5 - answered));
      waiting.shift()?.();
      answered += 1;
    }
    expect(await Promise.all(all)).toEqual(['x', 'x', 'x', 'x', 'x']);
    expect(server.connections.accepted).toBe(2);
  });

  it('is given up waiting for at its time-out, and the one behind comes next', async () => {
    const waiting: (() => void)[] = [];
    await using server = await startHttp((response) => waiting.push(() => response.end('x')));
    await using net = testNet({ limits: { connectionsPerOrigin: 1 } });
    const first = net.fetch(server.origin());
    await until(() => waiting.length === 1);
    const second = failureOf(net.fetch(server.origin(), { timeout: 0.1 }));
    const third = net.fetch(server.origin());
    expect(await second).toMatchObject({ code: 'NET_TIMEOUT', phase: 'connect' });
    waiting.shift()?.();
    await (await first).bytes();
    await until(() => waiting.length === 1);
    waiting.shift()?.();
    expect(await (await third).text()).toBe('x');
    const other = await net.fetch(server.origin('other.test'), { timeout: 0.2 }).catch(() => null);
    expect(other).toBeNull();
  });

  it('is not waited for by who has given up already, and nobody loses a turn by it', async () => {
    const waiting: (() => void)[] = [];
    await using server = await startHttp((response) => waiting.push(() => response.end('x')));
    await using net = testNet({ limits: { connectionsPerOrigin: 1 } });
    const first = net.fetch(server.origin());
    await until(() => waiting.length === 1);
    const gone = new Error('gone');
    expect(await net.fetch(server.origin(), { signal: AbortSignal.abort(gone) }).catch((error) => error)).toBe(gone);
    const second = net.fetch(server.origin());
    waiting.shift()?.();
    await (await first).bytes();
    await until(() => waiting.length === 1);
    waiting.shift()?.();
    expect(await (await second).text()).toBe('x');
    // Not a later one, made when the server had enough of the idle one.
    expect(server.connections.accepted).toBe(1);
  });
});
