/** Happy eyeballs with sockets that the test plays, on a clock of its own. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { parseTarget } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import { Capability } from '../capability.ts';
import { Grants } from '../grants/grants.ts';
import { ATTEMPT_DELAY_MS, type ConnectBounds, connectFirst, MAX_ATTEMPTS } from './connect.ts';
import { Deadline } from './deadline.ts';

const target = parseTarget('api.test', 80);

function vet(...addresses: string[]): readonly VettedAddress[] {
  return Capability.root(Grants.parse({ allowNet: true })).vet(target, addresses);
}

class PlayedSocket extends EventEmitter {
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }

  fail(code: string): void {
    this.emit('error', Object.assign(new Error(code), { code }));
  }
}

function play(addresses: readonly VettedAddress[], seconds: number | null = 30, signal?: AbortSignal) {
  const clock = new ManualClock();
  const deadline = Deadline.after(clock, seconds, 'dns');
  const bounds: ConnectBounds = { deadline, about: { operation: 'connect', target }, signals: [signal] };
  const tried: string[] = [];
  const sockets: PlayedSocket[] = [];
  const promise = connectFirst(addresses, bounds, (address) => {
    const socket = new PlayedSocket();
    tried.push(address.text);
    sockets.push(socket);
    return socket as unknown as Socket;
  });
  promise.catch(() => {});
  return { clock, tried, sockets, promise, deadline };
}

describe('connectFirst', () => {
  it('tries the next address a little later, and gives up none for being slow', async () => {
    const { clock, tried, sockets, promise } = play(vet('192.0.2.1', '192.0.2.2', '192.0.2.3'));
    expect(tried).toEqual(['192.0.2.1']);
    clock.advance(ATTEMPT_DELAY_MS - 1);
    expect(tried).toHaveLength(1);
    clock.advance(1);
    expect(tried).toEqual(['192.0.2.1', '192.0.2.2']);
    clock.advance(ATTEMPT_DELAY_MS);
    expect(tried).toHaveLength(3);
    clock.advance(5000);
    sockets[0]?.emit('connect');
    expect((await promise).address.text).toBe('192.0.2.1');
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, true]);
    expect(clock.timers).toBe(0);
  });

  it('tries the next at once where one fails', async () => {
    const { tried, sockets, promise } = play(vet('192.0.2.1', '192.0.2.2'));
    sockets[0]?.fail('ECONNREFUSED');
    expect(tried).toEqual(['192.0.2.1', '192.0.2.2']);
    sockets[1]?.emit('connect');
    expect((await promise).address.text).toBe('192.0.2.2');
  });

  it.each([
    [['ECONNREFUSED', 'ENETUNREACH'], 'ConnectionRefusedError'],
    [['ENETUNREACH', 'ECONNREFUSED'], 'ConnectionRefusedError'],
    [['EHOSTUNREACH', 'ENETUNREACH'], 'SocketError'],
    [['ENETUNREACH', 'ETIMEDOUT'], 'TimeoutError'],
  ])('raises what tells most of %j', async (codes, name) => {
    const { sockets, promise } = play(vet('192.0.2.1', '192.0.2.2'));
    for (const [index, code] of codes.entries()) sockets[index]?.fail(code);
    await expect(promise).rejects.toMatchObject({ name, host: 'api.test', port: 80, operation: 'connect' });
  });

  it('waits for those under way after the last has failed', async () => {
    const { clock, sockets, promise } = play(vet('192.0.2.1', '192.0.2.2'));
    clock.advance(ATTEMPT_DELAY_MS);
    sockets[1]?.fail('ECONNREFUSED');
    sockets[0]?.emit('connect');
    expect((await promise).address.text).toBe('192.0.2.1');
  });

  it('closes all that are under way at the deadline', async () => {
    const { clock, sockets, promise } = play(vet('192.0.2.1', '192.0.2.2'), 1);
    clock.advance(1000);
    await expect(promise).rejects.toMatchObject({ name: 'TimeoutError', phase: 'connect' });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    sockets[0]?.emit('connect');
    sockets[1]?.fail('ECONNRESET');
    expect(clock.timers).toBe(0);
  });

  it('closes all that are under way at a signal', async () => {
    const controller = new AbortController();
    const { sockets, promise } = play(vet('192.0.2.1'), null, controller.signal);
    controller.abort(new Error('stop'));
    await expect(promise).rejects.toThrow('stop');
    expect(sockets[0]?.destroyed).toBe(true);
  });

  it('tries a bounded number of addresses', async () => {
    const many = vet(...Array.from({ length: 50 }, (_, n) => `192.0.2.${n}`));
    const { tried, sockets, promise } = play(many);
    for (let n = 0; n < MAX_ATTEMPTS; n++) sockets[n]?.fail('ECONNREFUSED');
    await expect(promise).rejects.toMatchObject({ name: 'ConnectionRefusedError' });
    expect(tried).toHaveLength(MAX_ATTEMPTS);
  });
});
