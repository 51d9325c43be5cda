import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { startRaw, startSaying } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { echo, frame, startFrames, startSockets, upgradeFor } from '../../../test/helpers/web-socket-server.ts';

describe('messages', () => {
  it('are text or bytes, both ways, of any length', async () => {
    await using server = await startSockets(echo);
    await using net = testNet();
    await using socket = await net.webSocket(server.url('/chat?room=1'));
    expect(server.asked[0]?.url).toBe('/chat?room=1');
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
    for (const size of sizes) {
      const bytes = new Uint8Array(Buffer.alloc(size, 'ab'));
      await socket.send(bytes);
      expect(await socket.recv()).toEqual(bytes);
      await socket.send('ü'.repeat(size / 2));
      expect(await socket.recv()).toBe('ü'.repeat(size / 2));
    }
  });

  it('can be read in a loop, to the end', async () => {
    await using server = await startSockets((socket) => {
      for (const word of ['one', 'two']) socket.send(word);
      socket.close(1000, 'done');
    });
    await using net = testNet();
    const socket = await net.webSocket(server.url());
    const heard: unknown[] = [];
    for await (const message of socket) heard.push(message);
    expect(heard).toEqual(['one', 'two']);
    expect([socket.closed, socket.closeCode, socket.closeReason]).toEqual([true, 1000, 'done']);
  });

  it('come in fragments, with pings between them', async () => {
    const pongs: string[] = [];
    await using server = await startSockets((socket) => {
      socket.on('pong', (data) => pongs.push(data.toString()));
      socket.send('hel', { fin: false });
      socket.ping('p1');
      socket.send('lo', { fin: true });
    });
    await using net = testNet();
    await using socket = await net.webSocket(server.url());
    expect(await socket.recv()).toBe('hello');
    await until(() => pongs.length === 1);
    expect(pongs).toEqual(['p1']);
  });

  it('are compressed where both sides want that', async () => {
    await using server = await startSockets(echo, { perMessageDeflate: { threshold: 0 } });
    await using net = testNet();
    for (const compression of [true, false]) {
      await using socket = await net.webSocket(server.url(), { compression });
      const text = 'again and again '.repeat(10_000);
      await socket.send(text);
      expect(await socket.recv()).toBe(text);
    }
    const offers = server.asked.map(({ headers }) => headers['sec-websocket-extensions']);
    expect(offers).toEqual([expect.stringContaining('permessage-deflate'), undefined]);
  });

  it('wait for their time-out and lose nothing by it', async () => {
    await using server = await startSockets((socket) => socket.on('message', () => socket.send('late')));
    await using net = testNet();
    await using socket = await net.webSocket(server.url());
    const failure = await failureOf(socket.recv({ timeout: 0.01 }));
    expect(failure).toMatchObject({ name: 'TimeoutError', phase: 'read', operation: 'recv' });
    await socket.send('now');
    expect(await socket.recv()).toBe('late');
    const stop = new AbortController();
    const waiting = socket.recv({ signal: stop.signal });
    expect((await failureOf(socket.recv())).message).toContain('waiting already');
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('are refused if they are neither', async () => {
    await using server = await startSockets(echo);
    await using net = testNet();
    await using socket = await net.webSocket(server.url());
    for (const wrong of [1, null, undefined, {}]) {
      expect((await failureOf(socket.send(wrong as unknown as string))).name).toBe('ArgumentError');
    }
  });
});

describe('closing', () => {
  it('says why, and hears the answer', async () => {
    const closes: unknown[] = [];
    await using server = await startSockets((socket) => {
      socket.on('close', (code, reason) => closes.push([code, reason.toString()]));
      socket.send('unread');
    });
    await using net = testNet();
    const socket = await net.webSocket(server.url());
    expect(await socket.recv()).toBe('unread');
    const waiting = socket.recv();
    await socket.close(3001, 'bye');
    expect(await waiting).toBe(null);
    await until(() => closes.length === 1);
    expect(closes).toEqual([[3001, 'bye']]);
    expect([socket.closed, socket.closeCode, socket.closeReason]).toEqual([true, 3001, 'bye']);
    await socket.close();
    expect(await socket.recv()).toBe(null);
    expect((await failureOf(socket.send('x'))).name).toBe('SocketError');
  });

  it('takes no code that is not for applications', async () => {
    await using server = await startSockets(echo);
    await using net = testNet();
    await using socket = await net.webSocket(server.url());
    for (const code of [0, 999, 1001, 1005, 1006, 2999, 5000, 1000.5, '1000']) {
      expect((await failureOf(socket.close(code as number))).name).toBe('ArgumentError');
    }
    expect((await failureOf(socket.close(1000, 'ü'.repeat(62)))).name).toBe('ArgumentError');
    expect(socket.closed).toBe(false);
    await socket.close(4999, 'ü'.repeat(61));
  });

  it('does not wait longer than it may for a peer that never answers', async () => {
    await using server = await startFrames(Buffer.alloc(0));
    await using net = testNet();
    const socket = await net.webSocket(server.origin().replace('http', 'ws'));
    await socket.close(1000, '', { timeout: 0.05 });
    await until(() => server.connections.open === 0);
  });

  it('without a code is 1005', async () => {
    await using server = await startFrames(frame(8));
    await using net = testNet();
    const socket = await net.webSocket(server.origin().replace('http', 'ws'));
    expect(await socket.recv()).toBe(null);
    expect([socket.closeCode, socket.closeReason]).toEqual([1005, '']);
  });

  it('by the end of the connection alone is a reset, after what had come', async () => {
    await using server = await startFrames((socket) => socket.end(frame(1, 'last')));
    await using net = testNet();
    const socket = await net.webSocket(server.origin().replace('http', 'ws'));
    expect(await socket.recv()).toBe('last');
    for (let turn = 0; turn < 2; turn++) {
      expect(await failureOf(socket.recv())).toMatchObject({ name: 'ConnectionResetError', operation: 'recv' });
    }
    expect((await failureOf(socket.send('x'))).name).toBe('ConnectionResetError');
    expect(socket.closeCode).toBe(null);
  });
});

describe('the handshake', () => {
  it('sends what it is told, and nothing that is not the script’s to say', async () => {
    await using server = await startSockets(echo);
    await using net = testNet();
    const dropped: string[] = [];
    net.on('decision', (decision) => {
      if (decision.verdict === 'header_dropped') dropped.push(`${decision.operation} ${decision.header}`);
    });
    await using _socket = await net.webSocket(server.url(), {
      headers: {
        'X-One': ['1', '2'],
        Cookie: 'a=b',
        Origin: 'https://a.test',
        Host: 'b.test',
        'Sec-WebSocket-Key': 'k',
      },
      auth: { bearer: 'token' },
      query: { q: 'x y' },
    });
    const { headers, url } = server.asked[0] ?? expect.unreachable();
    expect(url).toBe('/?q=x+y');
    expect(headers).toMatchObject({
      'x-one': '1, 2',
      cookie: 'a=b',
      origin: 'https://a.test',
      authorization: 'Bearer token',
      host: `api.test:${server.port}`,
      'user-agent': expect.stringMatching(/^caspian\//),
    });
    expect(headers['sec-websocket-key']).not.toBe('k');
    expect(dropped).toEqual(['web_socket host', 'web_socket sec-websocket-key']);
  });

  it('agrees on a subprotocol, or fails', async () => {
    await using server = await startSockets(echo, { handleProtocols: (asked) => (asked.has('two') ? 'two' : false) });
    await using net = testNet();
    await using socket = await net.webSocket(server.url(), { protocols: ['one', 'two'] });
    expect(socket.protocol).toBe('two');
    expect((await failureOf(net.webSocket(server.url(), { protocols: ['one'] }))).name).toBe('ProtocolError');
    await using none = await net.webSocket(server.url());
    expect(none.protocol).toBe(null);
  });

  it('raises a status for any other answer, and follows no redirect', async () => {
    let status = 200;
    await using server = await startRaw((socket) => {
      socket.write(`HTTP/1.1 ${status} Well\r\nLocation: /there\r\nContent-Length: 3\r\n\r\nabc`);
    });
    await using net = testNet();
    for (status of [200, 302, 404, 500]) {
      const failure = await failureOf(net.webSocket(server.origin()));
      expect(failure).toMatchObject({ name: 'HttpStatusError', status, host: 'api.test', operation: 'web_socket' });
    }
    await until(() => server.connections.open === 0);
    expect(server.connections.accepted).toBe(4);
  });

  it.each([
    ['ws://a.test/ b', 'a space'],
    ['ftp://a.test/', 'no ws or wss URL'],
    ['/path', 'no ws or wss URL'],
    ['ws://u:p@a.test/', 'a user or a password'],
  ])('refuses %s', async (url, words) => {
    await using net = testNet();
    expect(await failureOf(net.webSocket(url))).toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining(words),
    });
  });

  it.each([
    { protocols: ['a', 'a'] },
    { protocols: ['a b'] },
    { protocols: 'a' },
    { maxMessage: 0 },
    { maxBody: 5 },
    { clientCertPem: pemOf('client') },
    { timeout: -1 },
  ])('refuses the options %j', async (options) => {
    await using net = testNet();
    expect((await failureOf(net.webSocket('ws://a.test/', options as object))).name).toBe('ArgumentError');
  });

  it('speaks TLS for wss, verifies, and shows a certificate where it is told to', async () => {
    const seen: unknown[] = [];
    await using server = await startSockets(
      (socket, request) => {
        seen.push(request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject?.CN : null);
        echo(socket, request);
      },
      { tls: 'good' },
    );
    await using net = testNet();
    expect((await failureOf(net.webSocket(server.url()))).name).toBe('TlsError');
    const client = { clientCertPem: pemOf('client'), clientKeyPem: pemOf('client') };
    const options = [{ caPem: pemOf('ca') }, { verify: false }, { caPem: pemOf('ca'), ...client }];
    for (const one of options) {
      await using socket = await net.webSocket(server.url(), one);
      await socket.send('hello');
      expect(await socket.recv()).toBe('hello');
    }
    expect(seen).toEqual([undefined, undefined, 'Client']);
  });

  it('has a time-out for every step', async () => {
    await using silent = await startRaw(() => {});
    await using net = testNet();
    expect(await failureOf(net.webSocket(silent.origin(), { timeout: 0.05 }))).toMatchObject({
      name: 'TimeoutError',
      phase: 'headers',
    });
    await until(() => silent.connections.open === 0);
    await using refusing = await startSaying('x');
    await refusing[Symbol.asyncDispose]();
    expect((await failureOf(net.webSocket(refusing.origin()))).name).toBe('ConnectionRefusedError');
  });

  it('takes frames that come with it', async () => {
    await using server = await startRaw((socket, _turn, head) => {
      socket.write(Buffer.concat([Buffer.from(upgradeFor(head)), frame(1, 'early')]));
    });
    await using net = testNet();
    const socket = await net.webSocket(server.origin());
    expect(await socket.recv({ timeout: 5 })).toBe('early');
    await net.close();
  });
});

describe('back-pressure', () => {
  it('holds a sender that nobody reads from', async () => {
    let sent = 0;
    let held = 0;
    await using server = await startSockets((socket) => {
      const more = (): void => {
        if (socket.readyState !== socket.OPEN || sent === 400) return;
        sent += 1;
        socket.send(Buffer.alloc(100_000), () => more());
        held = socket.bufferedAmount;
      };
      more();
    });
    await using net = testNet();
    await using socket = await net.webSocket(server.url(), { compression: false });
    await until(() => held > 0 && sent > 1);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(400);
    for (let at = 0; at < 400; at++) expect((await socket.recv())?.length).toBe(100_000);
  });

  it('holds a script that sends to somebody who does not read', async () => {
    await using server = await startSockets((socket) => {
      socket.pause();
      socket.once('ping', () => {});
    });
    await using net = testNet();
    const socket = await net.webSocket(server.url());
    const bytes = new Uint8Array(4 * 2 ** 20).map((_, at) => at);
    let failure: unknown = null;
    for (let turn = 0; turn < 50 && failure === null; turn++) {
      await socket.send(bytes, { timeout: 0.2 }).catch((error: unknown) => {
        failure = error;
      });
    }
    expect(failure).toMatchObject({ name: 'TimeoutError', phase: 'write' });
    // The next one waits for it, and takes no memory meanwhile.
    expect((await failureOf(socket.send('next', { timeout: 0.05 }))).name).toBe('TimeoutError');
    await net.close();
  });
});
