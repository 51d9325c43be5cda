/** Isolates used badly, by their host or by their guest: an error or an event that says what was wrong, and nothing lost silently. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, IsolateEndedError, type ScriptSyntaxError } from '../../src/errors/classes.ts';
import type { ErrorReport } from '../../src/isolate/host/reports.ts';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { nextMessage, nextSystem, openSandbox, withGuest } from '../helpers/isolates.ts';

let sandbox: V8Sandbox;

beforeAll(() => {
  sandbox = openSandbox({ cpuMs: 2_000, memoryMb: 64 });
});

afterAll(() => sandbox.shutdown());

describe('options', () => {
  it.each([
    ...[-1, 0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', {}].map((cpuMs) => ({ cpuMs })),
    ...[-1, Number.NaN, 1.5, 65_537, '64', null].map((memoryMb) => ({ memoryMb })),
    ...[-1, 0, Number.NaN, '1'].map((timeMs) => ({ timeMs })),
    ...['loud', true, null].map((console) => ({ console })),
    ...[{}, 'net', 5].map((net) => ({ net })),
  ])('of an isolate: %o is refused', async (options) => {
    const [name = ''] = Object.keys(options);
    const failure: unknown = await sandbox.createIsolate(options as object).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ArgumentError);
    expect(String(failure)).toContain(`createIsolate: ${name} must be`);
  });

  it.each([
    { threads: 0 },
    { threads: 1.5 },
    { threads: 257 },
    { threads: '2' },
    { cpuMs: -1 },
    { memoryMb: Number.NaN },
    { strict: 1 },
    { jitless: 'yes' },
  ])('of a sandbox: %o is refused', (options) => {
    const [name = ''] = Object.keys(options);
    expect(() => openSandbox(options as object)).toThrow(ArgumentError);
    expect(() => openSandbox(options as object)).toThrow(`${name} must be`);
  });

  it('that are misspelt are told with the nearest name', async () => {
    await expect(sandbox.createIsolate({ cpuMS: 5 } as object)).rejects.toMatchObject({
      hint: expect.stringContaining('cpuMs'),
    });
    await expect(sandbox.createIsolate({ memory: 5 } as object)).rejects.toThrow('there is no option "memory"');
  });

  it('whose prototype is polluted have no more than their own', async () => {
    const guest = await sandbox.createIsolate(Object.create({ cpuMs: -1, net: {} }));
    expect(await guest.evaluate('net')).toBeNull();
    guest.destroy();
  });

  it.each([-1, Number.NaN, '1', Number.POSITIVE_INFINITY])('of evaluate: a timeout of %o is refused', (timeout) =>
    withGuest(sandbox, async (guest) => {
      await expect(guest.evaluate('1', { timeout: timeout as number })).rejects.toThrow(ArgumentError);
    }),
  );
});

describe('a host', () => {
  it('that gives what is no source, name or handler is told so', () =>
    withGuest(sandbox, async (guest) => {
      for (const source of [undefined, 5, {}, Symbol('s')]) {
        expect(() => guest.execute(source as never)).toThrow('the script must be a text');
        await expect(guest.evaluate(source as never)).rejects.toThrow(ArgumentError);
      }
      expect(() => guest.execute(' '.repeat(9_000_000))).toThrow('too long');
      for (const name of ['', 'x'.repeat(1_025), 5, null]) {
        expect(() => guest.send(name as never)).toThrow('the name must be a text');
        expect(() => guest.on(name as never, () => {})).toThrow(ArgumentError);
        expect(() => guest.onRequest(name as never, () => {})).toThrow(ArgumentError);
      }
      for (const handler of [undefined, {}, 'x']) {
        expect(() => guest.on('x', handler as never)).toThrow('the handler must be a function');
      }
      expect(() => guest.onSystem('ended' as never, () => {})).toThrow('the events are');
      expect(await guest.evaluate('1')).toBe(1);
    }));

  it.each([
    [
      'an error',
      () => {
        throw new RangeError('mine');
      },
      'mine',
    ],
    [
      'a text',
      () => {
        throw 'text';
      },
      'text',
    ],
    [
      'what has no text',
      () => {
        throw Object.create(null);
      },
      'what was thrown has no text',
    ],
    [
      'undefined',
      () => {
        throw undefined;
      },
      'undefined',
    ],
    [
      'later',
      async () => {
        throw new Error('late');
      },
      'late',
    ],
  ])('whose handlers throw %s hears of it, and so does who asked', (_what, handler, message) =>
    withGuest(sandbox, async (guest) => {
      guest.on('x', handler).onRequest('r', handler);
      const told = nextSystem<ErrorReport>(guest, 'error');
      guest.execute(`NETWORK.send('x')`);
      expect([(await told).kind, (await told).error.message]).toEqual(['handler', message]);
      expect(await guest.evaluate(`await NETWORK.request('r').catch((e) => e.message)`)).toBe(message);
    }),
  );

  it('answers a request once, by the handler that was named last', () =>
    withGuest(sandbox, async (guest) => {
      guest.onRequest('r', () => 1).onRequest('r', () => 2);
      expect(await guest.evaluate(`await NETWORK.request('r')`)).toBe(2);
      const answers = await guest.evaluate(
        `let n = 0; await NETWORK.request('r').then(() => { n++ }); await NETWORK.request('r'); n`,
      );
      expect(answers).toBe(1);
    }));

  it('that ends a guest while it hears of it hears no more of it', async () => {
    const guest = await sandbox.createIsolate();
    const heard: unknown[] = [];
    guest.on('n', (n) => {
      heard.push(n);
      if (n === 2) guest.destroy();
    });
    const ended = nextSystem(guest, 'destroyed');
    guest.execute(`for (let n = 0; n < 10; n++) NETWORK.send('n', n)`);
    expect(await ended).toEqual({ reason: 'destroyed' });
    expect(heard).toEqual([0, 1, 2]);
    expect(() => guest.send('x')).toThrow(IsolateEndedError);
  });

  it('that shuts down while guests are made and run is told of each', async () => {
    const own = openSandbox();
    const one = await own.createIsolate();
    const [making, running] = [own.createIsolate(), one.evaluate('await new Promise(() => {})')];
    const ended = nextSystem(one, 'destroyed');
    own.shutdown();
    await expect(running).rejects.toThrow(IsolateEndedError);
    await expect(making).rejects.toThrow();
    expect(await ended).toEqual({ reason: 'shutdown' });
    expect([own.isolateCount(), own.threadCount()]).toEqual([0, 1]);
  });
});

describe('a guest', () => {
  it('whose value is too large, or can not cross, fails to give it', () =>
    withGuest(sandbox, async (guest) => {
      await expect(guest.evaluate('new Uint8Array(17_000_000)')).rejects.toThrow('more than 16777216 bytes');
      await expect(guest.evaluate('Array.from({ length: 300_000 }, () => 1)')).rejects.toThrow('more than 65536 parts');
      await expect(guest.evaluate('[() => 1]')).rejects.toThrow('a function can not be cloned');
      await expect(guest.evaluate('new WeakMap()')).rejects.toThrow('WeakMap objects can not be cloned');
      await expect(guest.evaluate('let d = []; for (let n = 0; n < 600; n++) d = [d]; d')).rejects.toThrow(
        'too deeply',
      );
      expect(await guest.evaluate('1')).toBe(1);
    }));

  it('whose data has getters that send something themselves loses neither', () =>
    withGuest(sandbox, async (guest) => {
      const outer = nextMessage(guest, 'outer');
      const inner = nextMessage(guest, 'inner');
      guest.execute(
        `NETWORK.send('outer', { before: 'b'.repeat(50), get a() { NETWORK.send('inner', [1, { b: 2 }]); return 'a' }, after: 3 })`,
      );
      expect(await outer).toEqual({ before: 'b'.repeat(50), a: 'a', after: 3 });
      expect(await inner).toEqual([1, { b: 2 }]);
    }));

  it('that can not be read is told with its line, as an event and by evaluate', () =>
    withGuest(sandbox, async (guest) => {
      const source = `const fine = 1;\n\nif (fine { }`;
      const told = nextSystem<ErrorReport>(guest, 'error');
      guest.execute(source);
      const { kind, line, column, error } = await told;
      expect([kind, line, column]).toEqual(['syntax', 3, 10]);
      const thrown = (await guest.evaluate(source).catch((failed: unknown) => failed)) as ScriptSyntaxError;
      for (const one of [error, thrown]) {
        expect(one.name).toBe('ScriptSyntaxError');
        expect(one.message.split('\n').slice(1)).toEqual(['  if (fine { }', '           ^']);
      }
    }));

  it('that sends faster than its host reads waits for it', () =>
    withGuest(sandbox, async (guest) => {
      const BLOCKED_MS = 300;
      const stamps: number[] = [];
      let blocked = { from: 0, to: 0 };
      const done = new Promise<void>((resolve) => {
        guest.on('n', ([, stamp]: [string, number]) => {
          stamps.push(stamp);
          if (blocked.to === 0) {
            const from = Date.now();
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
            blocked = { from: from + BLOCKED_MS / 3, to: Date.now() };
          }
          if (stamps.length === 2_000) resolve();
        });
      });
      guest.execute(
        `const text = 'x'.repeat(10_000); for (let n = 0; n < 2_000; n++) NETWORK.send('n', [text, Date.now()])`,
      );
      await done;
      const { from, to } = blocked;
      // It waits after 1 MiB, or 256 posts; what it has sent in the first third it may.
      expect(stamps.filter((stamp) => stamp > from && stamp < to).length).toBeLessThan(150);
      expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
    }));
});
