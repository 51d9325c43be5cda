/** The contract of TCP sockets, over every face: what the peer does is played by a puppet of the test's. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type Puppet, type Step, startPuppet } from '../../helpers/puppet.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';
import { until } from '../../helpers/tcp-server.ts';

let puppet: Puppet;

beforeAll(async () => {
  puppet = await startPuppet();
});

afterAll(() => puppet[Symbol.asyncDispose]());

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  /** Runs `source` with a `socket` whose other end takes these steps. */
  const play = async (steps: readonly Step[], source: string): Promise<unknown> => {
    await using net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
    const whole = `
      const socket = await net.tcp('127.0.0.1', data.port, { timeout: 20 });
      await socket.sendAll(JSON.stringify(data.steps) + '\\n');
      ${source}
    `;
    return await face(net, whole, { port: puppet.port, steps });
  };

  it('says where it is connected, and how much went each way', async () => {
    const source = `
      const line = await socket.recvLine();
      const seen = [await socket.host, (await socket.port) === data.port, await socket.localHost,
        (await socket.localPort) > 0, await socket.connected, await socket.timeout, text(line), await socket.bytesReceived,
        (await socket.bytesSent) === JSON.stringify(data.steps).length + 1];
      await socket.close();
      await socket.close();
      return [...seen, await socket.connected, await socket.bytesReceived];
    `;
    expect(await play([['send', 'hello\n']], source)).toEqual([
      '127.0.0.1',
      true,
      '127.0.0.1',
      true,
      true,
      20,
      'hello\n',
      6,
      true,
      false,
      6,
    ]);
  });

  it('gives what is there, at most as much as asked for, and null at the end', async () => {
    const source = `
      const got = [];
      while (got.join('').length < 10) got.push(text(await socket.recv(3)));
      return [got.join(''), got.every((each) => each.length >= 1 && each.length <= 3), await socket.recv(1),
        await socket.recv(1), await socket.recvLine(), await socket.recvExact(5), await socket.recvUntil('x'),
        await socket.recvAll({ max: 5 }), text(await socket.recv(0))];
    `;
    const nothing = [null, null, null, null, null, null];
    expect(await play([['send', '0123456789'], ['end']], source)).toEqual(['0123456789', true, ...nothing, '']);
  });

  it('reads lines over the borders of pieces, with and without a carriage return, and the tail once', async () => {
    const source = `
      const got = [];
      for (let n = 0; n < 4; n++) got.push(text(await socket.recvLine()));
      for (let n = 0; n < 3; n++) got.push(text(await socket.recvLine({ chomp: true })));
      got.push(text(await socket.recvLine({ chomp: true })), await socket.recvLine(), await socket.recvLine());
      return got;
    `;
    const lines = 'one\r\n\n\r\ntwo\n' + 'three\r\n\rfour\n\n' + 'tail\r';
    expect(await play([['drip', lines], ['end']], source)).toEqual([
      'one\r\n',
      '\n',
      '\r\n',
      'two\n',
      'three',
      '\rfour',
      '',
      'tail\r',
      null,
      null,
    ]);
  });

  it('refuses a line that is too long, and loses nothing of it', async () => {
    const source = `
      const got = [await codeOf(() => socket.recvLine({ max: 5 })), await codeOf(() => socket.recvLine({ max: 5 }))];
      got.push(text(await socket.recvLine({ max: 6 })), text(await socket.recvLine({ max: 4 })));
      got.push(await codeOf(() => socket.recvLine({ max: 3 })), text(await socket.recvLine({ max: 4 })));
      return got;
    `;
    const steps: Step[] = [['send', '12345\n'], ['send', '123\n'], ['send', 'tail'], ['end']];
    const size = 'NET_SIZE';
    expect(await play(steps, source)).toEqual([size, size, '12345\n', '123\n', size, 'tail']);
  });

  it('reads exactly so many bytes, or says how many came and keeps them', async () => {
    const source = `
      const got = [text(await socket.recvExact(4)), text(await socket.recvExact(0))];
      const error = await errorOf(() => socket.recvExact(10));
      got.push(error.code, error.received, text(await socket.recv(10)), await socket.recvExact(1));
      return got;
    `;
    expect(await play([['drip', 'abcdefg'], ['end']], source)).toEqual(['abcd', '', 'NET_RESET', 3, 'efg', null]);
  });

  it('reads through a mark that comes in pieces, and the tail without it', async () => {
    const source = `
      const got = [text(await socket.recvUntil('--end--')), text(await socket.recvUntil(new Uint8Array([0, 255])))];
      got.push(await codeOf(() => socket.recvUntil('')), await codeOf(() => socket.recvUntil('z', { max: 2 })));
      got.push(text(await socket.recvUntil('z')), await socket.recvUntil('z'));
      return got;
    `;
    const steps: Step[] = [['drip', 'a-b--end-c--end--\0x\0\xffrest'], ['end']];
    expect(await play(steps, source)).toEqual(['a-b--end-c--end--', '\0x\0\xff', 'ARGUMENT', 'NET_SIZE', 'rest', null]);
  });

  it('reads everything to the end, if it is not more than was allowed', async () => {
    const source = `
      const got = [await codeOf(() => socket.recvAll({ max: 9 })), text(await socket.recvAll({ max: 10 }))];
      got.push(await socket.recvAll({ max: 1 }));
      return got;
    `;
    expect(await play([['drip', '0123456789'], ['end']], source)).toEqual(['NET_SIZE', '0123456789', null]);
  });

  it('runs over the lines that are left', async () => {
    const source = `
      const got = [];
      const lines = await socket.lines({ chomp: true });
      for await (const line of lines) got.push(text(line));
      return got;
    `;
    expect(await play([['drip', 'a\r\nb\n\nc'], ['end']], source)).toEqual(['a', 'b', '', 'c']);
  });

  it('loses nothing at a time-out of any read', async () => {
    const source = `
      const got = [];
      for (const read of [
        () => socket.recvLine({ timeout: 0.03 }), () => socket.recvExact(6, { timeout: 0.03 }),
        () => socket.recvUntil('!', { timeout: 0.03 }), () => socket.recvAll({ max: 100, timeout: 0.03 }),
      ]) got.push(await codeOf(read));
      await socket.sendAll('go on');
      got.push(text(await socket.recvLine()), await codeOf(() => socket.recv(1, { timeout: 0.03 })));
      return got;
    `;
    const late = ['NET_TIMEOUT', 'NET_TIMEOUT', 'NET_TIMEOUT', 'NET_TIMEOUT'];
    const steps: Step[] = [
      ['send', 'half'],
      ['await', 5],
      ['send', ' a line\n'],
    ];
    expect(await play(steps, source)).toEqual([...late, 'half a line\n', 'NET_TIMEOUT']);
  });

  it('takes the time-out of the socket where a call brings none', async () => {
    const source = `
      socket.timeout = 0.05;
      const error = await errorOf(() => socket.recv(1));
      const seen = [error.code, error.phase, error.retryable, await socket.timeout];
      socket.timeout = null;
      return [...seen, await socket.timeout];
    `;
    expect(await play([], source)).toEqual(['NET_TIMEOUT', 'read', true, 0.05, null]);
  });

  it('sends texts and bytes, and nothing at all', async () => {
    const source = `
      const sent = [await socket.send('grün'), await socket.send(new Uint8Array([0, 255])), await socket.send('')];
      await socket.sendAll('');
      await socket.sendAll(new Uint8Array(0));
      await socket.sendAll('.');
      return [...sent, text(await socket.recvExact(8)) === 'gr\\u00c3\\u00bcn\\u0000\\u00ff.', await socket.bytesSent];
    `;
    const length = JSON.stringify([['await', 8], ['echo']]).length + 1;
    expect(await play([['await', 8], ['echo']], source)).toEqual([5, 2, 0, true, length + 8]);
  });

  it('brings a lot in both directions, whole', async () => {
    const source = `
      const size = 1_000_000;
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at++) bytes[at] = at % 251;
      await socket.sendAll(bytes);
      const back = await socket.recvExact(size - 1);
      let wrong = 0;
      for (let at = 0; at < back.length; at++) if (back[at] !== at % 251) wrong += 1;
      return [back.length, wrong, (await socket.recv(10)).length];
    `;
    expect(await play([['await', 1_000_000], ['echo']], source)).toEqual([999_999, 0, 1]);
  });

  it('holds a writer while the peer takes nothing, and says how much went', async () => {
    const source = `
      const much = 'x'.repeat(3_000_000);
      let error = null;
      let went = 0;
      for (let before = -1; went !== before; ) {
        before = went;
        error = await errorOf(() => socket.sendAll(much, { timeout: 0.2 }));
        went = await socket.bytesSent;
      }
      const closing = await errorOf(() => socket.close({ timeout: 0.05 }));
      return [error.code, error.phase, went > 0, closing.code];
    `;
    expect(await play([['stall']], source)).toEqual(['NET_TIMEOUT', 'write', true, 'NET_TIMEOUT']);
  });

  it('goes on after the peer has ended its half', async () => {
    const source = `
      const got = [text(await socket.recvAll({ max: 10 })), await socket.recv(1), await socket.connected];
      await socket.sendAll('still here');
      await socket.shutdown('send');
      return got;
    `;
    const steps: Step[] = [['send', 'bye'], ['end'], ['untilEnd']];
    expect(await play(steps, source)).toEqual(['bye', null, true]);
  });

  it('ends its own half and still reads', async () => {
    const source = `
      await socket.sendAll('12345');
      await socket.shutdown('send');
      const got = [await codeOf(() => socket.send('x')), await codeOf(() => socket.sendAll('x'))];
      got.push(text(await socket.recvLine()), await socket.recvLine());
      await socket.shutdown('send');
      return got;
    `;
    const steps: Step[] = [['untilEnd'], ['count'], ['end']];
    expect(await play(steps, source)).toEqual(['NET_SOCKET', 'NET_SOCKET', '5\n', null]);
  });

  it('ends reading alone, or both', async () => {
    const source = `
      await socket.recvExact(3);
      await socket.shutdown('recv');
      const got = [await socket.recv(1), await socket.recvLine(), await socket.send('x')];
      await socket.shutdown('both');
      got.push(await socket.recv(1), await codeOf(() => socket.send('x')), await codeOf(() => socket.shutdown('up')));
      return got;
    `;
    expect(await play([['send', 'abcdef']], source)).toEqual([null, null, 1, null, 'NET_SOCKET', 'ARGUMENT']);
  });

  it('gives what came before a reset, then raises it each time', async () => {
    const source = `
      const got = [text(await socket.recvExact(4))];
      await socket.sendAll('go');
      got.push(await codeOf(() => socket.recvExact(1)), await codeOf(() => socket.recv(1)));
      got.push(await codeOf(() => socket.recvLine()), await codeOf(() => socket.send('x')), await socket.connected);
      await socket.close();
      return got;
    `;
    const steps: Step[] = [['send', 'last'], ['await', 2], ['reset']];
    const reset = 'NET_RESET';
    expect(await play(steps, source)).toEqual(['last', reset, reset, reset, reset, false]);
  });

  it('raises for whatever is asked of a closed socket', async () => {
    const source = `
      await socket.close();
      const got = [];
      for (const use of [
        () => socket.recv(1), () => socket.recv(0), () => socket.recvLine(), () => socket.recvExact(1),
        () => socket.recvAll({ max: 1 }), () => socket.recvUntil('x'), () => socket.send('x'), () => socket.sendAll('x'),
        () => socket.shutdown('both'), () => socket.starttls(),
      ]) got.push(await codeOf(use));
      return [...new Set(got)];
    `;
    expect(await play([['send', 'unread']], source)).toEqual(['NET_SOCKET']);
  });

  it('flushes what was written when it is closed', async () => {
    const source = `
      await socket.sendAll('x'.repeat(3_000_000));
      await socket.close();
      return 'closed';
    `;
    const whole = () => puppet.ended.filter((count) => count === 3_000_000).length;
    const before = whole();
    expect(await play([['untilEnd'], ['end']], source)).toBe('closed');
    await until(() => whole() > before, 'the puppet has got all of it, and the end');
  });

  it('refuses wrong arguments before anything is sent', async () => {
    const source = `
      const got = [];
      for (const use of [
        () => socket.recv(-1), () => socket.recv(1.5), () => socket.recv(2 ** 31), () => socket.recvExact(-1),
        () => socket.recvLine({ max: 0 }), () => socket.recvLine({ timeout: -1 }), () => socket.send(7), () => socket.send(null),
      ]) got.push(await codeOf(use));
      return [...new Set(got)];
    `;
    expect(await play([], source)).toEqual(['ARGUMENT']);
  });

  it('reports a refused connection, and a port that is not granted', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    await new Promise((resolve) => free.close(resolve));
    await using net = openNet(Grants.parse({ allowNet: [`127.0.0.1:${port}`] }));
    const source = `
      const error = await errorOf(() => net.tcp('127.0.0.1', data.port));
      return [error.code, error.retryable, error.host, error.port === data.port,
        await codeOf(() => net.tcp('127.0.0.1', 1)), await codeOf(() => net.tcp('localhost', data.port)),
        await codeOf(() => net.tcp('127.0.0.1', 65536)), await codeOf(() => net.tcp('not a host', 1)),
        await codeOf(() => net.tcp('127.0.0.1', data.port, { timout: 1 })),
        await net.allowed('127.0.0.1', data.port), await net.allowed('127.0.0.1', 1)];
    `;
    expect(await face(net, source, { port })).toEqual([
      'NET_REFUSED',
      true,
      '127.0.0.1',
      true,
      'NET_PORT_NOT_ALLOWED',
      'NET_HOST_NOT_ALLOWED',
      'ARGUMENT',
      'ARGUMENT',
      'ARGUMENT',
      true,
      false,
    ]);
  });
});
