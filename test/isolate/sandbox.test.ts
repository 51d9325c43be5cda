/** V8Sandbox and Isolate: the seed's contract, and what happens when one is used badly. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  IsolateEndedError,
  NotCloneableError,
  ScriptSyntaxError,
  TimeoutError,
} from '../../src/errors/classes.ts';
import type { ErrorReport } from '../../src/isolate/host/reports.ts';
import type { V8Sandbox } from '../../src/isolate/host/sandbox.ts';
import { heard, nextMessage, nextSystem, openSandbox, withGuest } from '../helpers/isolates.ts';

let sandbox: V8Sandbox;

beforeAll(() => {
  sandbox = openSandbox({ cpuMs: 2_000, memoryMb: 64 });
});

afterAll(() => sandbox.shutdown());

describe('the sandbox', () => {
  it('numbers its isolates from 0 and counts them', async () => {
    const own = openSandbox({ threads: 3 });
    expect(own.threadCount()).toBe(3);
    expect(own.isolateCount()).toBe(0);
    const [first, second] = [await own.createIsolate(), await own.createIsolate()];
    expect([first.id, second.id, String(first), `${second}`]).toEqual([0, 1, 'Isolate #0', 'Isolate #1']);
    expect(own.isolateCount()).toBe(2);
    first.destroy();
    expect([first.destroyed, second.destroyed, own.isolateCount()]).toEqual([true, false, 1]);
    own.shutdown();
    expect([second.destroyed, own.isolateCount()]).toEqual([true, 0]);
    await expect(own.createIsolate()).rejects.toThrow(ArgumentError);
    own.shutdown();
  });

  it('refuses options that it does not know', async () => {
    expect(() => openSandbox({ thread: 1 } as object)).toThrow('there is no option "thread"');
    await expect(sandbox.createIsolate({ net: {} as never })).rejects.toThrow('net must be a Net');
  });
});

describe('messages', () => {
  it('arrive in order, both ways, with everything that can be cloned', () =>
    withGuest(sandbox, async (guest) => {
      const back = heard<unknown[]>((tell) => {
        const got: unknown[] = [];
        guest.on('echo', (data) => {
          got.push(data);
          if (got.length === 3) tell(got);
        });
      });
      guest.execute(`NETWORK.on('say', (data) => NETWORK.send('echo', data))`);
      const all = {
        numbers: [0, -0, 1.5, Number.NaN, 2 ** 40, 12345678901234567890n, -5n],
        texts: ['', 'é', '漢字 \ud800', 'x'.repeat(100_000)],
        nothing: [undefined, null, true, false],
        date: new Date(5),
        pattern: /a+/gi,
        map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'b'])]]),
        bytes: new Uint8Array([1, 2, 3]).subarray(1),
        floats: new Float64Array([0.5]),
        buffer: new Uint8Array([9, 8]).buffer,
        // biome-ignore lint/suspicious/noSparseArray: a hole is part of what must cross.
        sparse: [1, , 3],
      };
      guest.send('say', all);
      guest.send('say', 2);
      guest.send('say');
      const [first, second, third] = await back;
      expect(first).toEqual(all);
      expect(Object.is((first as typeof all).numbers[1], -0)).toBe(true);
      expect([second, third]).toEqual([2, undefined]);
    }));

  it('keep cycles, and the class and message of errors', () =>
    withGuest(sandbox, async (guest) => {
      const got = nextMessage<{ self: unknown; error: Error }>(guest, 'out');
      guest.execute(`const o = { error: new RangeError('far', { cause: 'c' }) }; o.self = o; NETWORK.send('out', o)`);
      const out = await got;
      expect(out.self).toBe(out);
      expect(out.error).toBeInstanceOf(RangeError);
      expect([out.error.message, out.error.cause]).toEqual(['far', 'c']);
    }));

  it('are all there, however many', () =>
    withGuest(sandbox, async (guest) => {
      const all = heard<number[]>((tell) => {
        const got: number[] = [];
        guest.on('n', (n: number) => {
          if (got.push(n) === 50_000) tell(got);
        });
      });
      guest.execute(`for (let n = 0; n < 50_000; n++) NETWORK.send('n', n)`);
      expect((await all).every((n, index) => n === index)).toBe(true);
    }));

  it('stop for a handler that is taken away', () =>
    withGuest(sandbox, async (guest) => {
      const got: unknown[] = [];
      const handler = (data: unknown): void => void got.push(data);
      guest.on('a', handler);
      expect(guest.off('a', handler)).toBe(guest);
      await guest.evaluate(`
        const kept = [];
        const handler = (data) => kept.push(data);
        NETWORK.on('b', handler);
        NETWORK.off('b', handler);
        NETWORK.send('a', 1);
        globalThis.kept = kept`);
      guest.send('b', 1);
      expect(await guest.evaluate('kept.length')).toBe(0);
      expect(got).toEqual([]);
    }));

  it('that can not cross are refused where they are sent', () =>
    withGuest(sandbox, async (guest) => {
      expect(() => guest.send('x', { f: () => {} })).toThrow(NotCloneableError);
      expect(() => guest.send('x', Symbol('s'))).toThrow('a symbol can not be cloned');
      expect(() => guest.send('', 1)).toThrow(ArgumentError);
      const name = `try { NETWORK.send('x', () => {}) } catch (e) { e.name }`;
      expect(await guest.evaluate(`let n; ${name.replace('e.name', 'n = e.name')}; n`)).toBe('DataCloneError');
    }));
});

describe('requests', () => {
  it('are answered, also later, and what a handler throws is thrown in the guest', () =>
    withGuest(sandbox, async (guest) => {
      guest
        .onRequest('double', (n: number) => n * 2)
        .onRequest('later', async () => 'l')
        .onRequest('fail', () => {
          throw new TypeError('not today');
        });
      expect(await guest.evaluate(`await NETWORK.request('double', 21)`)).toBe(42);
      expect(await guest.evaluate(`await NETWORK.request('later')`)).toBe('l');
      const failed = await guest.evaluate(`await NETWORK.request('fail').catch((e) => [e.name, e.message, e.stack])`);
      expect(failed).toEqual(['TypeError', 'not today', 'TypeError: not today']);
    }));

  it('that nobody answers are refused, and those with a timeout end', () =>
    withGuest(sandbox, async (guest) => {
      guest.onRequest('never', () => new Promise(() => {}));
      expect(await guest.evaluate(`await NETWORK.request('nothing').catch((e) => e.message)`)).toBe(
        'the host answers no request "nothing"',
      );
      const late = await guest.evaluate(`await NETWORK.request('never', 1, { timeout: 0.05 }).catch((e) => e.name)`);
      expect(late).toBe('TimeoutError');
    }));

  it('whose answer can not cross are refused, and the host is told', () =>
    withGuest(sandbox, async (guest) => {
      const told = nextSystem<ErrorReport>(guest, 'error');
      guest.onRequest('f', () => () => {});
      expect(await guest.evaluate(`await NETWORK.request('f').catch((e) => e.message)`)).toContain('can not cross');
      expect((await told).kind).toBe('handler');
    }));
});

describe('sources', () => {
  it('have scopes of their own, and await', () =>
    withGuest(sandbox, async (guest) => {
      guest.execute('const a = 1; globalThis.shared = await Promise.resolve(2)');
      expect(await guest.evaluate('const a = 3; [a, shared, typeof b]')).toEqual([3, 2, 'undefined']);
    }));

  it('come to what their last statement is, or what they return', () =>
    withGuest(sandbox, async (guest) => {
      expect(await guest.evaluate('1; 2 // two')).toBe(2);
      expect(await guest.evaluate('const x = await 5; x\n  + 1;')).toBe(6);
      expect(await guest.evaluate('if (true) return "early"; 7')).toBe('early');
      expect(await guest.evaluate('let y = 1')).toBeUndefined();
      expect(await guest.evaluate('({ a: 1 })')).toEqual({ a: 1 });
    }));

  it('that throw reject with the error, in the host’s classes', () =>
    withGuest(sandbox, async (guest) => {
      const error = await guest.evaluate('null.x').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).stack).toContain('evaluate-1:1:6');
      await expect(guest.evaluate('throw 5')).rejects.toBe(5);
      await expect(guest.evaluate('() => 1')).rejects.toThrow('a function can not be cloned');
    }));

  it('that can not be read say where', () =>
    withGuest(sandbox, async (guest) => {
      const told = nextSystem<ErrorReport>(guest, 'error');
      guest.execute('const ok = 1;\nlet x = ;');
      const { kind, error, line, column } = await told;
      expect([kind, line, column]).toEqual(['syntax', 2, 9]);
      expect(error).toBeInstanceOf(ScriptSyntaxError);
      expect(error.message).toBe("execute-1:2:9: Unexpected token ';'\n  let x = ;\n          ^");
      await expect(guest.evaluate('f(1, [2')).rejects.toThrow(
        'evaluate-2:1:8: the script ends too early\n  f(1, [2\n         ^',
      );
    }));

  it('that never come to anything end by their timeout, and the guest goes on', () =>
    withGuest(sandbox, async (guest) => {
      await expect(guest.evaluate('await new Promise(() => {})', { timeout: 0.05 })).rejects.toThrow(TimeoutError);
      expect(await guest.evaluate('1')).toBe(1);
    }));

  it('that are busy past their timeout end the guest', () =>
    withGuest(sandbox, async (guest) => {
      const ended = nextSystem(guest, 'terminated');
      await expect(guest.evaluate('for (;;) {}', { timeout: 0.05 })).rejects.toThrow(TimeoutError);
      expect(await ended).toEqual({ reason: 'time_limit_exceeded' });
    }));
});

describe('what goes wrong', () => {
  it('in a guest is told, once each', () =>
    withGuest(sandbox, async (guest) => {
      const messages = heard<string[]>((tell) => {
        const got: string[] = [];
        guest.onSystem('error', ({ kind, error }: ErrorReport) => {
          if (got.push(`${kind}: ${error.message}`) === 4) tell(got.sort());
        });
      });
      guest.execute(`throw new Error('top')`);
      guest.execute(`setTimeout(() => { throw new Error('timer') }, 0)`);
      guest.execute(`Promise.reject(new Error('promise'))`);
      guest.execute(`NETWORK.on('x', () => { throw new Error('handler') })`);
      guest.send('x');
      expect(await messages).toEqual(['uncaught: handler', 'uncaught: promise', 'uncaught: timer', 'uncaught: top']);
    }));

  it('in a handler of the host does not end the host', () =>
    withGuest(sandbox, async (guest) => {
      const told = nextSystem<ErrorReport>(guest, 'error');
      guest.on('x', () => {
        throw new Error('mine');
      });
      guest.execute(`NETWORK.send('x')`);
      const { kind, error } = await told;
      expect([kind, error.message]).toEqual(['handler', 'mine']);
    }));

  it('after the end is an error of its own', async () => {
    const guest = await sandbox.createIsolate();
    const destroyed = nextSystem(guest, 'destroyed');
    const pending = guest.evaluate('await new Promise(() => {})');
    guest.destroy();
    guest.destroy();
    await expect(pending).rejects.toThrow(IsolateEndedError);
    expect(await destroyed).toEqual({ reason: 'destroyed' });
    expect(() => guest.execute('1')).toThrow(IsolateEndedError);
    expect(() => guest.send('x')).toThrow('Isolate #');
    await expect(guest.evaluate('1')).rejects.toThrow(IsolateEndedError);
  });
});

describe('limits', () => {
  it('of CPU time end the guest alone', async () => {
    const [busy, other] = [await sandbox.createIsolate({ cpuMs: 200 }), await sandbox.createIsolate()];
    const ended = nextSystem(busy, 'terminated');
    busy.execute('let i = 0; while (true) { i++ }');
    expect(await other.evaluate('"still here"')).toBe('still here');
    expect(await ended).toEqual({ reason: 'cpu_limit_exceeded' });
    expect(busy.destroyed).toBe(true);
    expect(await other.evaluate('1')).toBe(1);
    other.destroy();
  });

  it('of memory end the guest alone', async () => {
    // In processes of their own: memory may run out so fast that the engine takes its whole process along.
    const own = openSandbox({ threads: 2, memoryMb: 64 });
    const [large, other] = [await own.createIsolate(), await own.createIsolate()];
    const ended = nextSystem(large, 'terminated');
    large.execute('const arrays = []; while (true) arrays.push(new Array(1024 * 1024))');
    expect(await ended).toEqual({ reason: 'memory_limit_exceeded' });
    expect(await other.evaluate('1')).toBe(1);
    own.shutdown();
  });

  it('of time end a guest that only waits', async () => {
    const guest = await sandbox.createIsolate({ timeMs: 50 });
    expect(await nextSystem(guest, 'terminated')).toEqual({ reason: 'time_limit_exceeded' });
  });

  it('do not count what a guest waits for', () =>
    withGuest(sandbox, async (guest) => {
      const own = await sandbox.createIsolate({ cpuMs: 300 });
      own.onRequest('wait', () => new Promise((resolve) => setTimeout(resolve, 600)));
      expect(await own.evaluate(`await NETWORK.request('wait'); 'waited'`)).toBe('waited');
      own.destroy();
      expect(await guest.evaluate('1')).toBe(1);
    }));
});

describe('strict mode', () => {
  it('gives each guest a process, and ends it with the guest', async () => {
    const own = openSandbox({ strict: true });
    const [one, other] = [await own.createIsolate(), await own.createIsolate()];
    expect(own.threadCount()).toBe(2);
    one.destroy();
    expect(own.threadCount()).toBe(1);
    expect(await other.evaluate('1')).toBe(1);
    own.shutdown();
  });
});
