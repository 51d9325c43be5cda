import { describe, expect, test } from 'vitest';
import {
  ArgumentError,
  BudgetExhaustedError,
  type CaspianError,
  HostNotAllowedError,
  PortNotAllowedError,
  RateLimitedError,
  RevokedError,
} from '../errors/classes.ts';
import { isVetted } from './address/vetted.ts';
import { Capability, type CapabilityOptions } from './capability.ts';
import type { Clock } from './clock.ts';
import type { By, Decision } from './decision.ts';
import { Grants } from './grants/grants.ts';
import type { GrantsInput } from './grants/input.ts';

/** A clock that stands until it is moved. */
class HandClock implements Clock {
  time = 1000;
  readonly timers = new Set<{ at: number; fn: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, fn: () => void) {
    const timer = { at: this.time + ms, fn };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  move(ms: number): void {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time || !this.timers.delete(timer)) continue;
      timer.fn();
    }
  }
}

function open(input: GrantsInput = { allowNet: true, allowListen: true }, options: CapabilityOptions = {}): Capability {
  return Capability.root(Grants.parse(input), options);
}

function connect(capability: Capability, host = 'a.example', port = 443) {
  return capability.permitConnect({ operation: 'connect', host, port });
}

function get(capability: Capability, url = 'https://a.example/x') {
  return capability.permitRequest({ operation: 'fetch', method: 'GET', url: new URL(url) });
}

function raised(action: () => unknown): CaspianError {
  try {
    action();
  } catch (error) {
    return error as CaspianError;
  }
  throw new Error('nothing was raised');
}

describe('permission', () => {
  test('gives back the target to dial', () => {
    const capability = open();
    expect(connect(capability, 'A.Example', 80)).toEqual({
      host: { kind: 'name', text: 'a.example' },
      port: 80,
      written: 'A.Example',
    });
    expect(get(capability, 'http://[::1]/%61')).toMatchObject({
      host: { kind: 'ip', text: '::1' },
      port: 80,
      path: '/%61',
    });
    expect(get(capability, 'https://a.example:8443/').port).toBe(8443);
    expect(capability.permitListen({ operation: 'listen', host: '::', port: 0 })).toMatchObject({ port: 0 });
    expect(capability.permitResolve({ host: 'A.example' })).toEqual({ kind: 'name', text: 'a.example' });
  });

  test('what is no host, port or URL is an argument error', () => {
    const capability = open();
    expect(() => connect(capability, 'a b')).toThrow(ArgumentError);
    expect(() => connect(capability, 'a', 0)).toThrow(ArgumentError);
    expect(() => capability.permitListen({ operation: 'listen', host: '::', port: -1 })).toThrow(ArgumentError);
    expect(() => capability.permitResolve({ host: 'a/b' })).toThrow(ArgumentError);
    expect(() => get(capability, 'ftp://a.example/')).toThrow(ArgumentError);
    expect(() => get(capability, 'data:x')).toThrow(ArgumentError);
    expect(() => get(capability, 'http://a!b/')).toThrow(ArgumentError);
  });

  test('port 0 of a URL is granted by nothing', () => {
    expect(() => get(open(), 'http://a.example:0/')).toThrow(PortNotAllowedError);
  });

  test('asking whether something is allowed raises no denial and costs nothing', () => {
    const capability = open({ allowNet: ['a.example:443'], allowListen: '80' }).narrow(['*'], {
      maxRequests: 1,
      methods: ['GET'],
    });
    for (let at = 0; at < 5; at++) expect(capability.allowed('a.example', 443)).toBe(true);
    expect(capability.allowed('a.example', 80)).toBe(false);
    expect(capability.allowed('b.example', 443)).toBe(false);
    expect(capability.listenAllowed('::', 80)).toBe(false);
    expect(open({ allowListen: '80' }).listenAllowed('::', 80)).toBe(true);
    expect(() => capability.allowed('a b', 1)).toThrow(ArgumentError);
    expect(() => get(capability)).not.toThrow();
  });
});

describe('vetting', () => {
  const capability = open({ allowNet: true, denyNet: ['private', '192.0.2.0/24:25'] });
  const target = connect(capability, 'a.example', 443);

  test('drops what is denied and brands the rest, in order', () => {
    const vetted = capability.vet(target, [
      '10.0.0.1',
      '8.8.8.8',
      '::1',
      '2606:4700::1',
      '64:ff9b::a00:1',
      '192.0.2.1',
    ]);
    expect(vetted.map(({ text }) => text)).toEqual(['8.8.8.8', '2606:4700::1', '192.0.2.1']);
    expect(vetted.every(isVetted)).toBe(true);
  });

  test('drops what is no strict literal', () => {
    expect(capability.vet(target, ['fe80::1%eth0', '010.0.0.1', 'a.example', '', '8.8.8.8'])).toHaveLength(1);
  });

  test('none left: the error says which address and which rule', () => {
    const error = raised(() => capability.vet(target, ['10.0.0.1', '::1']));
    expect(error.name).toBe('AddressNotAllowedError');
    expect(error).toBeInstanceOf(HostNotAllowedError);
    expect(error.message).toContain('10.0.0.1 by --deny-net=private');
    expect(raised(() => capability.vet(target, [])).name).toBe('AddressNotAllowedError');
    expect(raised(() => capability.vet(target, ['x\u202e'])).message).toContain('no address behind the name');
  });

  test('a pooled connection is lent only to whoever could have opened it', () => {
    const lax = open();
    const [address] = lax.vet(connect(lax), ['10.0.0.1']);
    if (address === undefined) throw new Error('nothing was vetted');
    expect(lax.mayReuse(target, address)).toBe(true);
    expect(capability.mayReuse(target, address)).toBe(false);
    const child = lax.narrow(['*']);
    expect(child.mayReuse(target, address)).toBe(true);
    lax.revoke(child);
    expect(child.mayReuse(target, address)).toBe(false);
  });
});

describe('ending', () => {
  test('a revoked capability and all below it end at once', () => {
    const root = open();
    const child = root.narrow(['*']);
    const grandchild = child.narrow(['*']);
    const sibling = root.narrow(['*']);
    const { signal } = grandchild;
    const target = connect(grandchild);
    root.revoke(child);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(RevokedError);
    for (const ended of [child, grandchild]) {
      expect(() => connect(ended)).toThrow(RevokedError);
      expect(() => get(ended)).toThrow(RevokedError);
      expect(() => ended.permitListen({ operation: 'listen', host: '::', port: 80 })).toThrow(RevokedError);
      expect(() => ended.permitResolve({ host: 'a' })).toThrow(RevokedError);
      expect(() => ended.vet(target, ['8.8.8.8'])).toThrow(RevokedError);
      expect(() => ended.narrow(['*'])).toThrow(RevokedError);
      expect(ended.allowed('a', 1)).toBe(false);
      expect(ended.listenAllowed('a', 1)).toBe(false);
    }
    for (const lasting of [root, sibling]) {
      expect(lasting.signal.aborted).toBe(false);
      expect(() => connect(lasting)).not.toThrow();
    }
    root.revoke(child);
  });

  test('an ancestor revokes at any depth', () => {
    const root = open();
    const middle = root.narrow(['*']);
    const leaf = middle.narrow(['*']);
    root.revoke(leaf);
    expect(() => connect(leaf)).toThrow(RevokedError);
    expect(() => connect(middle)).not.toThrow();
  });

  test('only an ancestor revokes', () => {
    const root = open();
    const child = root.narrow(['*']);
    const sibling = root.narrow(['*']);
    for (const [holder, other] of [
      [root, root],
      [child, root],
      [child, child],
      [child, sibling],
      [open(), child],
      [root, {}],
      [root, null],
      [root, Object.create(Capability.prototype)],
    ] as [Capability, Capability][]) {
      expect(() => holder.revoke(other)).toThrow(ArgumentError);
    }
    for (const lasting of [root, child, sibling]) expect(() => connect(lasting)).not.toThrow();
  });

  test('closing ends it and all below it', () => {
    const root = open();
    const child = root.narrow(['*']);
    const { signal } = child;
    root.close();
    root.close();
    expect(signal.aborted).toBe(true);
    expect(() => connect(child)).toThrow(RevokedError);
  });

  test('a signal that is asked for after the end is aborted', () => {
    const root = open();
    root.close();
    expect(root.signal).toMatchObject({ aborted: true, reason: { name: 'RevokedError' } });
  });

  test('it expires by the clock, with or without its timer', () => {
    const clock = new HandClock();
    const root = open(undefined, { clock });
    const child = root.narrow(['*'], { expires: 5 }).narrow(['*'], { expires: 10 });
    clock.time += 4999;
    expect(() => connect(child)).not.toThrow();
    clock.time += 1;
    const error = raised(() => connect(child));
    expect(error).toBeInstanceOf(RevokedError);
    expect(error.message).toContain('the narrowing to [*] has expired');
    expect(child.signal.aborted).toBe(true);
    expect(() => connect(root)).not.toThrow();
  });

  test('what is under way ends when it expires', () => {
    const clock = new HandClock();
    const child = open(undefined, { clock }).narrow(['*'], { expires: 5 });
    expect(clock.timers.size).toBe(0);
    const { signal } = child;
    expect(clock.timers.size).toBe(1);
    clock.move(4999);
    expect(signal.aborted).toBe(false);
    clock.move(1);
    expect(signal.reason).toMatchObject({ name: 'RevokedError', message: 'the capability has expired' });
  });

  test('a timer ends with what it was for', () => {
    const clock = new HandClock();
    const root = open(undefined, { clock });
    const child = root.narrow(['*'], { expires: 5 });
    expect(child.signal.aborted).toBe(false);
    root.revoke(child);
    expect(clock.timers.size).toBe(0);
    expect(child.signal.reason).toMatchObject({ message: 'the capability was revoked' });
  });

  test('expires: 0 is over when it begins', () => {
    const clock = new HandClock();
    expect(() => connect(open(undefined, { clock }).narrow(['*'], { expires: 0 }))).toThrow(RevokedError);
  });

  test('capabilities that are let go leave nothing with the one they were narrowed from', () => {
    const clock = new HandClock();
    const root = open(undefined, { clock });
    for (let at = 0; at < 100; at++) expect(root.narrow(['*'], { expires: 60 }).signal.aborted).toBe(false);
    clock.move(60_000);
    expect(clock.timers.size).toBe(0);
  });
});

describe('budgets', () => {
  test('requests are counted for the capability and all below it together', () => {
    const root = open();
    const parent = root.narrow(['*'], { maxRequests: 3 });
    const one = parent.narrow(['*'], { maxRequests: 2 });
    const two = parent.narrow(['*']);
    connect(one);
    get(one);
    expect(() => connect(one)).toThrow(BudgetExhaustedError);
    get(two);
    expect(() => connect(two)).toThrow(/the 3 requests of the narrowing to \[\*\] are used up/);
    expect(() => connect(parent)).toThrow(BudgetExhaustedError);
    expect(() => connect(root)).not.toThrow();
  });

  test('what is refused is charged to nobody', () => {
    const parent = open().narrow(['*'], { maxRequests: 2, rate: '2/min' });
    const child = parent.narrow(['a.example'], { maxRequests: 1, methods: ['GET'] });
    for (let at = 0; at < 5; at++) {
      expect(() => connect(child, 'b.example')).toThrow(HostNotAllowedError);
      expect(() => get(child, 'https://b.example/')).toThrow(HostNotAllowedError);
    }
    get(child);
    expect(() => get(child)).toThrow(BudgetExhaustedError);
    expect(() => connect(parent)).not.toThrow();
  });

  test('look-ups and listeners are no requests', () => {
    const capability = open().narrow(['*'], { maxRequests: 0, listen: ['*'] });
    expect(() => capability.permitResolve({ host: 'a' })).not.toThrow();
    expect(() => capability.permitListen({ operation: 'listen', host: '::', port: 80 })).not.toThrow();
    expect(() => connect(capability)).toThrow(BudgetExhaustedError);
  });

  test('rate: when to try again', () => {
    const clock = new HandClock();
    const parent = open(undefined, { clock }).narrow(['*'], { rate: '2/min' });
    const children = [parent.narrow(['*']), parent.narrow(['*'])];
    for (const child of children) connect(child);
    const error = raised(() => connect(parent));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfter: 30, retryable: true });
    clock.move(30_000);
    expect(() => connect(parent)).not.toThrow();
    expect(() => connect(parent)).toThrow(RateLimitedError);
  });

  test('bytes are counted on every layer, and the door shuts', () => {
    const parent = open().narrow(['*'], { maxBytes: 10 });
    const child = parent.narrow(['*']);
    expect([open().countsBytes, parent.countsBytes, child.countsBytes]).toEqual([false, true, true]);
    child.countBytes(4);
    parent.countBytes(6);
    expect(() => connect(child)).toThrow(/the 10 bytes of the narrowing to \[\*\] are used up/);
    expect(() => child.countBytes(1)).toThrow(BudgetExhaustedError);
    expect(() => parent.countBytes(0)).toThrow(BudgetExhaustedError);
  });

  test.each([-1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    '%s bytes give none back',
    (bytes) => {
      const capability = open().narrow(['*'], { maxBytes: 10 });
      capability.countBytes(10);
      expect(() => capability.countBytes(bytes)).toThrow(TypeError);
      expect(() => connect(capability)).toThrow(BudgetExhaustedError);
    },
  );

  test('grants that were narrowed before they became a capability have their budgets too', () => {
    const grants = Grants.parse({ allowNet: true }).narrow(['*'], { maxRequests: 1 });
    const root = Capability.root(grants);
    connect(root.narrow(['*']));
    expect(() => connect(root)).toThrow(BudgetExhaustedError);
    expect(() => connect(Capability.root(grants))).not.toThrow();
  });

  test('the layer nearest the root that refuses decides', () => {
    const spent = open().narrow(['*'], { maxRequests: 0 });
    expect(() => connect(spent.narrow([]))).toThrow(BudgetExhaustedError);
    expect(() => connect(open().narrow([]).narrow(['*'], { maxRequests: 0 }))).toThrow(HostNotAllowedError);
    const root = open();
    const parent = root.narrow([]);
    const child = parent.narrow(['*']);
    root.revoke(child);
    expect(() => connect(child)).toThrow(HostNotAllowedError);
    root.revoke(parent);
    expect(() => connect(child)).toThrow(RevokedError);
  });
});

describe('decisions', () => {
  const by: By = { role: 'user', file: 'x.casp', line: 7 };

  test('each is reported, as plain data', () => {
    const seen: Decision[] = [];
    const root = open(
      { allowNet: ['*.example:443'], denyNet: ['private'] },
      { onDecision: (decision) => seen.push(decision) },
    );
    const target = root.permitConnect({ operation: 'connect', host: 'A.example', port: 443, by });
    raised(() =>
      root.permitRequest({
        operation: 'fetch',
        method: 'PUT',
        url: new URL('http://b.test/'),
        from: new URL('https://u:p@c.example/d'),
        hop: 1,
        by,
      }),
    );
    raised(() => root.vet(target, ['10.0.0.1'], by));
    raised(() => root.narrow(['b.example']).permitResolve({ host: 'a.example' }));
    const plain = {
      role: 'user',
      file: 'x.casp',
      line: 7,
      method: null,
      from: null,
      written: null,
      address: null,
      layer: 0,
    };
    expect(JSON.parse(JSON.stringify(seen))).toEqual([
      {
        ...plain,
        operation: 'connect',
        host: 'a.example',
        port: 443,
        written: 'A.example',
        verdict: 'allowed',
        rule: '*.example:443',
        error: null,
      },
      {
        ...plain,
        operation: 'fetch',
        host: 'b.test',
        port: 80,
        method: 'PUT',
        from: 'https://c.example',
        verdict: 'no_grant',
        rule: null,
        error: 'puck.uno/error/network/host_not_allowed',
      },
      {
        ...plain,
        operation: 'connect',
        host: 'a.example',
        port: 443,
        written: 'A.example',
        verdict: 'address',
        rule: 'private',
        address: '10.0.0.1',
        error: 'puck.uno/error/network/address_not_allowed',
      },
      {
        ...plain,
        role: 'host',
        file: null,
        line: null,
        operation: 'resolve',
        host: 'a.example',
        port: null,
        verdict: 'no_grant',
        rule: null,
        layer: 1,
        error: 'puck.uno/error/network/host_not_allowed',
      },
    ]);
  });

  test('whoever watches a narrowed capability hears of it and of those below it', () => {
    const root = open();
    const child = root.narrow(['*']);
    const heard: string[] = [];
    const stop = child.watch(({ host }) => heard.push(host));
    connect(root, 'root.example');
    connect(child, 'child.example');
    connect(child.narrow(['*']), 'below.example');
    connect(root.narrow(['*']), 'beside.example');
    stop();
    connect(child, 'after.example');
    expect(heard).toEqual(['child.example', 'below.example']);
  });
});
