/** The contract of datagram sockets, over every face. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants, type GrantsInput } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';
import { startUdpPuppet, type UdpPuppet } from '../../helpers/udp-puppet.ts';

const LOOPBACK: GrantsInput = { allowNet: ['127.0.0.1', 'api.test'], allowListen: ['127.0.0.1:0'] };

let puppet: UdpPuppet;

beforeAll(async () => {
  puppet = await startUdpPuppet();
});

afterAll(() => puppet[Symbol.asyncDispose]());

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  const run = async (source: string, grants = LOOPBACK): Promise<unknown> => {
    await using net = openNet(Grants.parse(grants), { resolve: () => ['127.0.0.1'] });
    return await face(net, source, { port: puppet.port, other: puppet.other });
  };

  it('sends to many and hears from those that it has sent to, datagram by datagram', async () => {
    const source = `
      const socket = await net.udp();
      const sent = [await socket.sendTo('echo one', '127.0.0.1', data.port), await socket.sendTo('echo', 'api.test', data.port)];
      const [bytes, host, port] = await socket.recvFrom(100);
      const seen = [...sent, text(bytes), host, port === data.port, text(await socket.recv(100))];
      seen.push(await socket.sendTo(new Uint8Array([0x65, 0x63, 0x68, 0x6f, 0, 255]), '127.0.0.1', data.port));
      return [...seen, text(await socket.recv(100)), (await socket.localPort) > 0];
    `;
    expect(await run(source)).toEqual([8, 4, 'ECHO ONE', '127.0.0.1', true, 'ECHO', 6, 'ECHO\0\xff', true]);
  });

  it('has one peer where it was opened with one', async () => {
    const source = `
      const socket = await net.udp('127.0.0.1', data.port);
      await socket.send('echo x');
      const seen = [text(await socket.recv(100)), await codeOf(() => socket.sendTo('x', '127.0.0.1', data.port))];
      const plain = await net.udp();
      return [...seen, await codeOf(() => plain.send('x'))];
    `;
    expect(await run(source)).toEqual(['ECHO X', 'NET_SOCKET', 'NET_SOCKET']);
  });

  it('cuts what is longer than max, and tells empty from nothing', async () => {
    const source = `
      const socket = await net.udp('127.0.0.1', data.port);
      const seen = [];
      for (const max of [4, 100, 0]) {
        await socket.send('echo 123456');
        seen.push(text(await socket.recv(max)));
      }
      await socket.send('empty');
      const [bytes, , port] = await socket.recvFrom(10);
      seen.push(text(bytes), port === data.port, await codeOf(() => socket.recv(10, { timeout: 0.03 })));
      return [...seen, await socket.send('')];
    `;
    expect(await run(source)).toEqual(['ECHO', 'ECHO 123456', '', '', true, 'NET_TIMEOUT', 0]);
  });

  it('hears nobody that it has not sent to', async () => {
    const source = `
      const socket = await net.udp();
      await socket.sendTo('other', '127.0.0.1', data.port);
      const seen = [text(await socket.recv(100)), await codeOf(() => socket.recv(100, { timeout: 0.05 }))];
      await socket.sendTo('echo', '127.0.0.1', data.other);
      const [bytes, , port] = await socket.recvFrom(100);
      return [...seen, text(bytes), port === data.other];
    `;
    // "other" makes the puppet answer from a second port first, and then from its own.
    expect(await run(source)).toEqual(['OTHER', 'NET_TIMEOUT', 'ECHO', true]);
  });

  it('carries the largest datagram, and says that a larger one is refused', async () => {
    const source = `
      const socket = await net.udp('127.0.0.1', data.port);
      await socket.send('x'.repeat(65507));
      const seen = [(await socket.recv(70000)).length];
      const error = await errorOf(() => socket.send('x'.repeat(65508)));
      return [...seen, error.code, error.systemCode];
    `;
    expect(await run(source)).toEqual([65_507, 'NET_SOCKET', 'EMSGSIZE']);
  });

  it('is told that nobody listens there', async () => {
    const source = `
      const gone = await net.udpListen('127.0.0.1', 0);
      const port = await gone.localPort;
      await gone.close();
      const socket = await net.udp('127.0.0.1', port);
      await socket.send('anyone?');
      const error = await errorOf(() => socket.recv(10));
      return [error.code, error.port === port];
    `;
    expect(await run(source)).toEqual(['NET_REFUSED', true]);
  });

  it('listens, hears anyone and answers', async () => {
    const source = `
      const server = await net.udpListen('127.0.0.1', 0);
      const client = await net.udp('127.0.0.1', await server.localPort);
      await client.send('question');
      const [bytes, host, port] = await server.recvFrom(100);
      await server.sendTo('answer', host, port);
      return [text(bytes), port === (await client.localPort), text(await client.recv(100)), await server.localHost];
    `;
    expect(await run(source)).toEqual(['question', true, 'answer', '127.0.0.1']);
  });

  it('answers a stranger with three times what came at most', async () => {
    const source = `
      const server = await net.udpListen('127.0.0.1', 0);
      const client = await net.udp('127.0.0.1', await server.localPort);
      const small = await net.narrow(['192.0.2.1'], { listen: ['127.0.0.1:0'] });
      const bounded = await small.udpListen('127.0.0.1', 0);
      const asking = await net.udp('127.0.0.1', await bounded.localPort);
      await asking.send('1234');
      const [, host, port] = await bounded.recvFrom(100);
      const elsewhere = await client.localPort;
      return [await bounded.sendTo('x'.repeat(12), host, port), await codeOf(() => bounded.sendTo('x', host, port)),
        await codeOf(() => bounded.sendTo('x', host, elsewhere))];
    `;
    expect(await run(source)).toEqual([12, 'NET_HOST_NOT_ALLOWED', 'NET_HOST_NOT_ALLOWED']);
  });

  it('is decided at each datagram, also by a narrowed net', async () => {
    const source = `
      const socket = await net.udp();
      const seen = [await codeOf(() => socket.sendTo('x', '127.0.0.2', 53)), await codeOf(() => net.udp('192.0.2.1', 53))];
      const small = await net.narrow(['127.0.0.1:' + data.port], { maxRequests: 2 });
      const few = await small.udp('127.0.0.1', data.port);
      const free = await small.udp();
      seen.push(await codeOf(() => free.sendTo('x', '127.0.0.1', data.other)));
      seen.push(await few.send('echo'), await free.sendTo('echo', '127.0.0.1', data.port), await codeOf(() => few.send('echo')));
      await net.revoke(small);
      seen.push(await codeOf(() => few.send('echo')), await codeOf(() => few.recv(10)), await codeOf(() => small.udp()));
      return seen;
    `;
    const [host, port] = ['NET_HOST_NOT_ALLOWED', 'NET_PORT_NOT_ALLOWED'];
    const revoked = 'NET_REVOKED';
    expect(await run(source)).toEqual([host, host, port, 4, 4, 'NET_BUDGET', revoked, revoked, revoked]);
  });

  it('sets hops and broadcasting, and needs a listen grant for groups', async () => {
    const source = `
      const socket = await net.udp();
      const seen = [await codeOf(() => socket.sendTo('x', '255.255.255.255', 9))];
      const broad = await (await net.narrow(['*'])).udp();
      broad.ttl = 5;
      seen.push(await codeOf(() => broad.sendTo('x', '255.255.255.255', 9)));
      seen.push(await codeOf(() => socket.join('239.1.2.3')), await codeOf(() => socket.join('10.0.0.1')));
      const server = await net.udpListen('127.0.0.1', 0);
      seen.push(await codeOf(() => server.leave('239.1.2.3')));
      return seen;
    `;
    const grants = { ...LOOPBACK, allowNet: ['127.0.0.1', '255.255.255.255'] };
    expect(await run(source, grants)).toEqual([
      'NET_SOCKET',
      'NET_SOCKET',
      'NET_HOST_NOT_ALLOWED',
      'ARGUMENT',
      'NET_PORT_NOT_ALLOWED',
    ]);
  });

  it('raises for whatever is asked of a closed socket', async () => {
    const source = `
      const socket = await net.udp('127.0.0.1', data.port);
      await socket.close();
      await socket.close();
      return [await codeOf(() => socket.send('x')), await codeOf(() => socket.recv(1)), await codeOf(() => socket.recvFrom(1)),
        await codeOf(() => socket.join('239.1.2.3'))];
    `;
    const closed = 'NET_SOCKET';
    expect(await run(source)).toEqual([closed, closed, closed, closed]);
  });

  it('refuses wrong arguments', async () => {
    const source = `
      const socket = await net.udp();
      const seen = [];
      for (const use of [
        () => socket.sendTo('x', 'no host', 1), () => socket.sendTo('x', '127.0.0.1', 0), () => socket.sendTo('x', '127.0.0.1', 70000),
        () => socket.sendTo(5, '127.0.0.1', 9), () => socket.recv(-1), () => socket.recv(10, { timeout: -1 }),
        () => net.udp('127.0.0.1'), () => net.udp('127.0.0.1', 1, { port: 2 }),
      ]) seen.push(await codeOf(use));
      return [...new Set(seen)];
    `;
    expect(await run(source)).toEqual(['ARGUMENT']);
  });
});
