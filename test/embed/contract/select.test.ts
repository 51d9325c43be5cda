/** The contract of `select`, over every face: sockets, datagram sockets and listeners at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants, type GrantsInput } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { type Puppet, type Step, startPuppet } from '../../helpers/puppet.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';
import { pemOf } from '../../helpers/tls-server.ts';

const LOOPBACK: GrantsInput = { allowNet: ['127.0.0.1', 'api.test'], allowListen: ['127.0.0.1:0'] };

/** A connection of the puppet's that goes through `steps`. */
const PLAY = `
  const play = async (...steps) => {
    const socket = await net.tcp('127.0.0.1', data.port, { timeout: 20 });
    await socket.sendAll(JSON.stringify(steps) + '\\n');
    return socket;
  };
  /** Which of some objects are in a list, by their place. */
  const at = (list, all) => list.map((each) => all.indexOf(each));
`;

let puppet: Puppet;

beforeAll(async () => {
  puppet = await startPuppet();
});

afterAll(() => puppet[Symbol.asyncDispose]());

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  const run = async (source: string): Promise<unknown> => {
    await using net = openNet(Grants.parse(LOOPBACK), { resolve: () => ['127.0.0.1'], ca: pemOf('ca') });
    return await face(net, PLAY + source, { port: puppet.port, pem: pemOf('good') });
  };

  it('gives the very objects that are ready, of every kind, and takes nothing', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0);
      const udp = await net.udpListen('127.0.0.1', 0);
      const tcp = await play(['await', 2], ['send', 'bytes']);
      const all = [listener, udp, tcp];
      const seen = [await net.select(all, [], 0)];

      await tcp.sendAll('go');
      const first = await net.select(all, []);
      seen.push(at(first[0], all), at((await net.select(all, []))[0], all), text(await tcp.recvExact(5)));

      const client = await net.udp('127.0.0.1', await udp.localPort);
      await client.send('datagram');
      const second = await net.select(all, [], 20);
      seen.push(at(second[0], all), text(await udp.recv(100)));

      const peer = await net.tcp('127.0.0.1', await listener.localPort);
      const third = await net.select(all, [], null);
      const accepted = await listener.accept();
      seen.push(at(third[0], all), (await accepted.port) === (await peer.localPort), await net.select(all, [], 0));
      return seen;
    `;
    const none = [[], []];
    expect(await run(source)).toEqual([none, [2], [2], 'bytes', [1], 'datagram', [0], true, none]);
  });

  it('gives two empty lists when the time is over', async () => {
    const source = `
      const socket = await play();
      return [await net.select([socket], [], 0.03), await net.select([], [], 0.01), await net.select([socket], [], 0)];
    `;
    const none = [[], []];
    expect(await run(source)).toEqual([none, none, none]);
  });

  it('counts the end, a reset and a closed socket as readable', async () => {
    const source = `
      const [ended, reset, closed] = [await play(['end']), await play(['reset']), await play()];
      const seen = [];
      for (const socket of [ended, reset]) seen.push((await net.select([socket], [], 20))[0].length);
      await closed.close();
      const all = [closed, ended, reset];
      const ready = await net.select(all, [closed, reset], 20);
      seen.push(at(ready[0], all), at(ready[1], all));
      for (const socket of all) seen.push(await codeOf(() => socket.recv(1)));
      return seen;
    `;
    expect(await run(source)).toEqual([1, 1, [0, 1, 2], [0, 2], 'NET_SOCKET', 'fine', 'NET_RESET']);
  });

  it('knows what is buffered already, after a part of it was read', async () => {
    const source = `
      const socket = await play(['send', 'one\\ntwo\\n'], ['end']);
      const seen = [text(await socket.recvLine())];
      for (let n = 0; n < 2; n++) {
        seen.push((await net.select([socket], [], n * 20))[0].length, text(await socket.recvLine()));
      }
      return seen;
    `;
    expect(await run(source)).toEqual(['one\n', 1, 'two\n', 1, null]);
  });

  it('does not let one that is always ready hide the others', async () => {
    const source = `
      const busy = await play(['send', 'x'.repeat(1000)]);
      const listener = await net.tcpListen('127.0.0.1', 0);
      await busy.recvExact(1);
      const peer = await net.tcp('127.0.0.1', await listener.localPort);
      await net.select([listener], [], 20);
      const ready = await net.select([busy, listener], [busy], 20);
      return [ready[0].length, ready[1].length];
    `;
    expect(await run(source)).toEqual([2, 1]);
  });

  it('says when a socket that was full takes bytes again', async () => {
    const source = `
      const full = await play(['stall']);
      const idle = await play();
      const much = 'x'.repeat(3_000_000);
      const seen = [];
      while ((await net.select([], [full], 0.1))[1].length > 0) seen.push(await codeOf(() => full.sendAll(much, { timeout: 0.1 })));
      const stuck = await net.select([], [full, idle], 0);
      await play(['release']);
      const free = await net.select([], [full], 20);
      return [seen.at(-1), at(stuck[1], [full, idle]), at(free[1], [full])];
    `;
    expect(await run(source)).toEqual(['NET_TIMEOUT', [1], [0]]);
  });

  it('waits for TLS sockets, accepted and opened', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0, { tls: { certPem: data.pem, keyPem: data.pem } });
      const opened = await net.tls('api.test', await listener.localPort);
      const accepted = await listener.accept();
      const all = [opened, accepted];
      const seen = [await net.select(all, [], 0)];
      await opened.sendAll('there');
      seen.push(at((await net.select(all, [], 20))[0], all), text(await accepted.recvExact(5)));
      await accepted.sendAll('back');
      seen.push(at((await net.select(all, [], 20))[0], all), text(await opened.recvExact(4)));
      await accepted.close();
      seen.push(at((await net.select([opened], [], 20))[0], all), await opened.recv(1));
      return seen;
    `;
    expect(await run(source)).toEqual([[[], []], [1], 'there', [0], 'back', [0], null]);
  });

  it('gives one that is listed twice twice', async () => {
    const source = `
      const socket = await play(['send', 'x']);
      await net.select([socket], []);
      const ready = await net.select([socket, socket], [socket, socket]);
      return [ready[0].length, ready[1].length];
    `;
    expect(await run(source)).toEqual([2, 2]);
  });

  it('refuses what can not be waited for', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0);
      const seen = [];
      for (const use of [
        () => net.select([net], []), () => net.select([1], []), () => net.select([], [listener]), () => net.select('x', []),
        () => net.select([listener], [], -1), () => net.select([], [], null),
      ]) seen.push(await codeOf(use));
      return [...new Set(seen)];
    `;
    expect(await run(source)).toEqual(['ARGUMENT']);
  });

  it('sees many at once', async () => {
    const steps: readonly Step[] = [['send', 'x']];
    const source = `
      const all = [];
      for (let n = 0; n < 100; n++) all.push(n % 2 === 0 ? await play() : await play(${JSON.stringify(steps[0])}));
      const waiting = new Set(all.filter((_socket, n) => n % 2 === 1));
      const expected = waiting.size;
      let seen = 0;
      while (waiting.size > 0) {
        const [ready] = await net.select(all, [], 20);
        for (const socket of ready) {
          await socket.recv(1);
          if (!waiting.delete(socket)) return 'not one of those that were sent something';
          seen += 1;
        }
      }
      return [seen === expected, await net.select(all, [], 0)];
    `;
    expect(await run(source)).toEqual([true, [[], []]]);
  });
});
