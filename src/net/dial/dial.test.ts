/** Dialling against real servers: each phase given up, and nothing left behind. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf, openSockets, startTcp, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';

/** Runs microtasks until a connection is being made; it can't be made within this turn of the event loop. */
async function connecting(): Promise<void> {
  for (let n = 0; n < 100 && openSockets() === 0; n++) await null;
  expect(openSockets()).toBe(1);
}

beforeEach(() => until(() => openSockets() === 0));

describe('dialling', () => {
  it('reaches the first address that answers', async () => {
    await using server = await startTcp('::1');
    await using net = testNet({ resolve: () => ['127.0.0.1', '::1'] });
    const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
    expect([socket.localHost, peer.localAddress]).toEqual(['::1', '::1']);
  });

  it('says who refused', async () => {
    const server = await startTcp();
    await server[Symbol.asyncDispose]();
    await using net = testNet();
    expect(await failureOf(net.tcp('API.test', server.port))).toMatchObject({
      name: 'ConnectionRefusedError',
      host: 'API.test',
      port: server.port,
      operation: 'connect',
      retryable: true,
      message: `connect api.test:${server.port}: connection refused`,
    });
    await until(() => openSockets() === 0);
  });

  it.each([
    ['timeout', { timeout: 2 }],
    ['connectTimeout', { timeout: 20, connectTimeout: 2 }],
  ])('ends a look-up at its %s', async (_, options) => {
    const clock = new ManualClock();
    await using net = testNet({ clock, resolve: () => new Promise(() => {}) });
    const dialling = failureOf(net.tcp('api.test', 80, options));
    await null;
    clock.advance(2000);
    expect(await dialling).toMatchObject({ name: 'TimeoutError', phase: 'dns' });
    expect(clock.timers).toBe(0);
  });

  it('ends a connect at its time-out', async () => {
    const clock = new ManualClock();
    await using server = await startTcp();
    await using net = testNet({ clock });
    const dialling = failureOf(net.tcp('api.test', server.port, { timeout: 2 }));
    await connecting();
    clock.advance(2000);
    expect(await dialling).toMatchObject({ name: 'TimeoutError', phase: 'connect' });
    await until(() => openSockets() === 0);
    expect(clock.timers).toBe(0);
  });

  it('counts all phases into one deadline', async () => {
    const clock = new ManualClock();
    await using server = await startTcp();
    const answer = Promise.withResolvers<readonly string[]>();
    await using net = testNet({ clock, resolve: () => answer.promise });
    const dialling = failureOf(net.tls('api.test', server.port, { timeout: 10 }));
    await null;
    clock.advance(6000);
    answer.resolve(['127.0.0.1']);
    const peer = await server.accept();
    await new Promise((resolve) => peer.once('readable', resolve));
    clock.advance(3999);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    expect(await dialling).toMatchObject({ name: 'TimeoutError', phase: 'tls' });
  });

  it("ends at a signal in each phase, with the signal's reason", async () => {
    await using server = await startTcp();
    const start = (resolve?: () => Promise<never>) => {
      const controller = new AbortController();
      const net = testNet({ ca: pemOf('ca'), ...(resolve === undefined ? {} : { resolve }) });
      const dialling = net.tls('api.test', server.port, { signal: controller.signal });
      return { controller, dialling };
    };
    const inLookUp = start(() => new Promise(() => {}));
    await null;
    inLookUp.controller.abort(new Error('in look-up'));
    await expect(inLookUp.dialling).rejects.toThrow('in look-up');

    const inConnect = start();
    await connecting();
    inConnect.controller.abort(new Error('in connect'));
    await expect(inConnect.dialling).rejects.toThrow('in connect');
    await until(() => openSockets() === 0);

    const inHandshake = start();
    const peer = await server.accept();
    await new Promise((resolve) => peer.once('readable', resolve));
    inHandshake.controller.abort(new Error('in handshake'));
    await expect(inHandshake.dialling).rejects.toThrow('in handshake');

    const before = new AbortController();
    before.abort(new Error('before'));
    await expect(testNet().tcp('api.test', server.port, { signal: before.signal })).rejects.toThrow('before');
    peer.destroy();
    await until(() => openSockets() === 0);
  });

  it('checks every argument before anything is sent', async () => {
    await using server = await startTcp();
    await using net = testNet();
    const failures = [
      await failureOf(net.tcp('no host', server.port)),
      await failureOf(net.tcp('api.test', 0)),
      await failureOf(net.tcp('api.test', 65_536)),
      await failureOf(net.tcp('api.test', '80' as never)),
      await failureOf(net.tcp('api.test', server.port, { timeout: 0 })),
      await failureOf(net.tcp('api.test', server.port, { verify: false } as object)),
      await failureOf(net.tls('api.test', server.port, { caPem: 'none' })),
      await failureOf(net.tls('api.test', server.port, { clientKeyPem: pemOf('client') })),
    ];
    expect(failures.map(({ name }) => name)).toEqual(failures.map(() => 'ArgumentError'));
    expect(server.accepted).toBe(0);
  });
});
