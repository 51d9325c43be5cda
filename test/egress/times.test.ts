/** How long a call may take under an egress: by its caller, its entry, the settings, the host's deadline, and whatever it waits for. */
import { describe, expect, test } from 'vitest';
import { allowServer, servedEgress, testEgress } from '../helpers/egress.ts';
import type { Answer } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, startTcp, until } from '../helpers/tcp-server.ts';

/** An egress whose time is in the test's hand, and a server behind it. */
async function setUp(answer: Answer, entry = {}) {
  const clock = new ManualClock();
  return { clock, ...(await servedEgress(answer, { entry, options: { clock } })) };
}

/** As long as what has begun needs to come to its next wait. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe('time', () => {
  /** What a call ends with, and how long after it began, by the clock. */
  async function ending(
    { settings = {}, entry = {}, options = {}, deadline = null as number | null },
    answer: Answer = () => {},
  ): Promise<readonly [string, string | null, number]> {
    await using made = await setUp(answer, entry);
    const { clock, egress, server, url } = made;
    for (const [name, value] of Object.entries(settings)) await egress.set(name, value);
    let over = false;
    const failing = failureOf(
      egress
        .net({ app: 'a', deadline })
        .fetch(url, options)
        .then((response) => response.bytes()),
    ).finally(() => {
      over = true;
    });
    await until(() => server.seen.length === 1 && clock.timers > 0);
    await settle();
    for (let seconds = 1; !over && seconds <= 130; seconds++) {
      clock.advance(1_000);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    const { code, phase = null } = await failing;
    return [code, phase, Math.round(clock.now() / 1_000)];
  }

  const drip: Answer = (response) => response.writeHead(200, { 'content-length': '2' }).write('x');
  const PATIENT = { headers_timeout: '2m' };

  test.each([
    ['headers: 10 s', {}, undefined, ['NET_TIMEOUT', 'headers', 10]],
    ['a caller may wait less for them', { options: { headersTimeout: 3 } }, undefined, ['NET_TIMEOUT', 'headers', 3]],
    ['and no longer', { options: { headersTimeout: 30 } }, undefined, ['NET_TIMEOUT', 'headers', 10]],
    ['the whole call: 30 s', {}, drip, ['NET_TIMEOUT', 'body', 30]],
    ['an entry says another', { entry: { timeout: '7s' } }, drip, ['NET_TIMEOUT', 'body', 7]],
    [
      'a caller before the entry',
      { entry: { timeout: '7s' }, options: { timeout: 9 } },
      drip,
      ['NET_TIMEOUT', 'body', 9],
    ],
    ['at most 60 s', { options: { timeout: 100 } }, drip, ['NET_TIMEOUT', 'body', 60]],
    ['no limit is at most 60 s', { options: { timeout: null } }, drip, ['NET_TIMEOUT', 'body', 60]],
    ['an entry is no way to more', { entry: { timeout: '5m' } }, drip, ['NET_TIMEOUT', 'body', 60]],
    ['the settings', { settings: { timeout: '4s', ...PATIENT } }, undefined, ['NET_TIMEOUT', 'headers', 4]],
    [
      'of the most',
      { settings: { max_timeout: '4s', ...PATIENT }, options: { timeout: 9 } },
      undefined,
      ['NET_TIMEOUT', 'headers', 4],
    ],
    ['what is left of a deadline, less a margin', { deadline: 5.02 }, drip, ['NET_TIMEOUT', 'body', 5]],
    ['but no more than was asked for', { deadline: 50, options: { timeout: 2 } }, drip, ['NET_TIMEOUT', 'body', 2]],
  ])('%s', async (_what, given, answer, ended) => {
    expect(await ending(given, answer)).toEqual(ended);
  });

  test('connecting: 5 s, looking a name up and TLS included', async () => {
    const clock = new ManualClock();
    await using silent = await startTcp();
    await using made = await testEgress({ clock });
    await allowServer(made.egress, silent);
    const shaking = failureOf(made.egress.net({ app: 'a' }).fetch(`https://api.test:${silent.port}/`));
    await until(() => silent.accepted === 1 && clock.timers > 0);
    clock.advance(5_001);
    expect(await shaking).toMatchObject({ code: 'NET_TIMEOUT' });
    await using deaf = await testEgress({ clock, resolve: () => new Promise(() => {}) });
    await allowServer(deaf.egress, silent);
    const before = clock.timers;
    const looking = failureOf(deaf.egress.net({ app: 'a' }).fetch(`https://api.test:${silent.port}/`));
    await until(() => clock.timers > before);
    await settle();
    clock.advance(5_001);
    expect(await looking).toMatchObject({ code: 'NET_TIMEOUT' });
  });

  test('a WebSocket’s handshake is bounded as a call is', async () => {
    const clock = new ManualClock();
    await using silent = await startTcp();
    await using made = await testEgress({ clock });
    const { egress } = made;
    await allowServer(egress, silent);
    const url = `ws://api.test:${silent.port}/`;
    const over: string[] = [];
    const open = (label: string, deadline: number | null, timeout: number | null | undefined): void => {
      const asked = egress.net({ app: label, deadline }).webSocket(url, timeout === undefined ? {} : { timeout });
      void failureOf(asked).then(({ code }) => over.push(`${label} ${code}`));
    };
    open('usual', null, undefined);
    open('endless', null, null);
    open('late', 3, null);
    open('too-late', 0.06, null);
    await until(() => silent.accepted === 3 && over.length === 1);
    for (const [at, left] of [3_001, 30_001, 60_001].entries()) {
      clock.advance(left - clock.now());
      await until(() => over.length === at + 2);
    }
    expect(over).toEqual(['too-late NET_BUDGET', 'late NET_TIMEOUT', 'usual NET_TIMEOUT', 'endless NET_TIMEOUT']);
  });

  test('an event stream ends with the deadline', async () => {
    await using made = await setUp((response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: x\n\n'),
    );
    const { clock } = made;
    const net = made.egress.net({ app: 'a', deadline: 5 });
    const stream = await net.eventSource(made.url);
    expect(await stream.next()).toMatchObject({ data: 'x' });
    const more = failureOf(stream.next({ timeout: null }));
    await until(() => clock.timers > 0);
    for (let seconds = 0; seconds < 15; seconds++) {
      clock.advance(1_000);
      for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
    }
    expect(await more).toMatchObject({ code: 'NET_BUDGET' });
    expect(made.server.seen).toHaveLength(1);
  });

  test('waiting for a slot is a part of it, and no longer than what is left', async () => {
    await using made = await setUp(() => {});
    const { clock, egress, server, url } = made;
    await egress.set('app_concurrency', 1);
    await egress.set('queue_wait', '20s');
    const over: string[] = [];
    const call = (label: string, deadline: number | null, options = {}): void => {
      const asked = egress.net({ app: 'a', deadline }).fetch(url, options);
      void failureOf(asked).then(({ code }) => over.push(`${label} ${code}`));
    };
    call('holds', null, { timeout: 3 });
    await until(() => server.seen.length === 1);
    call('never enters', 2.02);
    call('enters late', 5.02);
    await settle();
    clock.advance(2_001);
    await until(() => over.length === 1);
    clock.advance(1_000);
    await until(() => server.seen.length === 2);
    await settle();
    clock.advance(1_990);
    await settle();
    expect(over).toEqual(['never enters NET_LIMIT', 'holds NET_TIMEOUT']);
    clock.advance(20);
    await until(() => over.length === 3);
    expect(over[2]).toBe('enters late NET_TIMEOUT');
  });

  test('a second try with the value before a rotation has what the first has left', async () => {
    const held: (() => void)[] = [];
    await using made = await setUp((response) => held.push(() => response.writeHead(401).end()));
    const { clock, egress, server, url } = made;
    await egress.set('headers_timeout', '2m');
    await egress.secrets.set('KEY', 'old', { hosts: [`api.test:${server.port}`] });
    await egress.secrets.rotate('KEY', 'new', '10m');
    let over = false;
    const failing = failureOf(egress.net({ app: 'a' }).fetch(url, { auth: 'KEY' })).finally(() => {
      over = true;
    });
    await until(() => held.length === 1);
    clock.advance(20_000);
    held[0]?.();
    await until(() => held.length === 2);
    await settle();
    clock.advance(9_900);
    await settle();
    expect(over).toBe(false);
    clock.advance(200);
    expect(await failing).toMatchObject({ code: 'NET_TIMEOUT' });
  });
});
