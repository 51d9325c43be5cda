import { describe, expect, test } from 'vitest';
import type { CaspianError } from '../../errors/classes.ts';
import { Capability } from '../capability.ts';
import type { By } from '../decision.ts';
import { Grants } from './grants.ts';
import type { GrantsInput } from './input.ts';

function raised(action: () => unknown): CaspianError {
  try {
    action();
  } catch (error) {
    return error as CaspianError;
  }
  throw new Error('nothing was raised');
}

const connect = (input: GrantsInput, host: string, port: number) =>
  raised(() => Grants.parse(input).checkConnect(host, port));
const listen = (input: GrantsInput, host: string, port: number) =>
  raised(() => Grants.parse(input).checkListen(host, port));

describe('the flags refuse', () => {
  test('what no rule covers: the flag that fixes it', () => {
    const error = connect({}, 'api.example.com', 443);
    expect(error).toMatchObject({
      name: 'HostNotAllowedError',
      type: 'puck.uno/error/network/host_not_allowed',
      message: 'connect to api.example.com:443: no grant covers this host',
      hint: 'run again with --allow-net=api.example.com:443',
      host: 'api.example.com',
      port: 443,
      operation: 'connect',
    });
  });

  test('a port: the closest rule', () => {
    const error = connect({ allowNet: ['api.example.com:443'] }, 'api.example.com', 80);
    expect(error.name).toBe('PortNotAllowedError');
    expect(error.message).toBe(
      'connect to api.example.com:80: the grant of this host does not cover port 80 (closest rule: api.example.com:443)',
    );
    expect(error.hint).toBe('run again with --allow-net=api.example.com:80');
  });

  test('what a deny rule takes away: no flag to add', () => {
    const error = connect({ allowNet: true, denyNet: ['private'] }, '10.0.0.1', 80);
    expect(error.message).toBe('connect to 10.0.0.1:80: denied by --deny-net=private');
    expect(error.hint).toBe('--deny-net=private takes it away, whatever is allowed');
    expect(connect({ allowNet: true, denyNet: true }, 'a', 80).message).toBe('connect to a:80: denied by --deny-net');
  });

  test('what would be denied if it were granted: no flag that would not help', () => {
    const error = connect({ denyNet: ['*:25'] }, 'mail.example', 25);
    expect(error.message).toBe('connect to mail.example:25: no grant covers this host');
    expect(error.hint).toBe('a flag alone would not help: --deny-net=*:25 denies it');
  });

  test('a listener: its own flag', () => {
    expect(listen({ allowNet: true }, '0.0.0.0', 8080)).toMatchObject({
      message: 'listen on 0.0.0.0:8080: no grant covers this interface',
      hint: 'run again with --allow-listen=0.0.0.0:8080',
    });
    expect(listen({ allowListen: '[::1]:80' }, '::1', 0)).toMatchObject({
      message: 'listen on [::1]:0: the grant of this interface does not cover port 0 (closest rule: [::1]:80)',
      hint: 'run again with --allow-listen=[::1]:0',
    });
  });

  test('IPv6 stands in brackets', () => {
    expect(connect({}, '::1', 80)).toMatchObject({
      message: 'connect to [::1]:80: no grant covers this host',
      hint: 'run again with --allow-net=[::1]:80',
    });
  });
});

describe('spelling', () => {
  test('the target as it was written, and what it means where that differs', () => {
    const error = connect({ allowNet: true, denyNet: ['loopback'] }, '0x7f.1', 80);
    expect(error.message).toBe('connect to 0x7f.1:80 (127.0.0.1): denied by --deny-net=loopback');
    expect(error.host).toBe('0x7f.1');
    expect(connect({}, 'Bücher.example.', 80).message).toContain('Bücher.example.:80 (xn--bcher-kva.example)');
    expect(connect({}, 'Bücher.example.', 80).hint).toBe('run again with --allow-net=xn--bcher-kva.example:80');
  });

  test.each(['a\u00ad\u202e.example', 'a\u001b[2J', 'a\nb', '\u2066x'])('%j comes out escaped', (host) => {
    const { message } = connect({}, host, 80);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message).toContain('\\u{');
  });

  test('a soft hyphen is shown where it decides nothing', () => {
    expect(connect({}, 'a\u00adb', 80).message).toBe('connect to a\\u{ad}b:80 (ab): no grant covers this host');
  });
});

describe('what is close', () => {
  test.each([
    [['127.0.0.1'], 'localhost', '127.0.0.1 is granted, but localhost is another host'],
    [['[::1]:80'], 'localhost', '[::1]:80 is granted, but localhost is another host'],
    [['localhost:80'], '127.0.0.1', 'localhost:80 is granted, but 127.0.0.1 is another host'],
    [['localhost'], '::1', 'localhost is granted, but ::1 is another host'],
    [['*.example.com'], 'example.com', '*.example.com covers only the names below it'],
    [['example.com'], 'www.example.com', 'example.com covers that name alone'],
    [['api.example.com'], 'api.exmaple.com', 'the closest rule is api.example.com'],
    [['10.0.0.0/8', '::1'], 'intranet', 'the rules are addresses'],
    [['intranet'], '10.0.0.1', 'the rules are names'],
  ])('%j, %s', (allowNet, host, remark) => {
    expect(connect({ allowNet }, host, 80).message).toContain(`no grant covers this host (${remark}`);
  });

  test.each([
    [['a.example'], 'b.test'],
    [['api.example.com'], 'www.example.com'],
    [['10.0.0.0/8'], '192.168.0.1'],
    [['example.com'], 'notexample.com'],
  ])('%j has nothing to do with %s', (allowNet, host) => {
    expect(connect({ allowNet }, host, 80).message).toMatch(/no grant covers this host$/);
  });

  test('costs little among thousands of rules', () => {
    const grants = Grants.parse({
      allowNet: Array.from({ length: 10_000 }, (_, index) => `host-${index}.example.com`),
    });
    const start = performance.now();
    for (let at = 0; at < 100; at++) raised(() => grants.checkConnect(`host-x${at}.example.com`, 80));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('a narrowing refuses', () => {
  const root = Capability.root(Grants.parse({ allowNet: ['*.example.com', 'evil.example'], denyNet: ['private'] }));
  const small = root.narrow(['api.example.com:443', 'evil.example'], {
    methods: ['GET'],
    paths: ['/v1/*'],
    deny: ['evil.example'],
  });
  const fetch = (url: string, more: { method?: string; by?: By; from?: URL; hop?: number } = {}) =>
    raised(() => small.permitRequest({ operation: 'fetch', method: 'GET', url: new URL(url), ...more }));
  const named = 'the narrowing to [api.example.com:443, evil.example]';

  test.each([
    ['https://www.example.com/', 'HostNotAllowedError', `${named} does not cover this host`],
    [
      'https://api.example.com:8443/',
      'PortNotAllowedError',
      `${named} does not cover port 8443 (closest rule: api.example.com:443)`,
    ],
    ['https://evil.example/', 'HostNotAllowedError', `denied by the deny rule evil.example of ${named}`],
    ['https://api.example.com/v2', 'HostNotAllowedError', `${named} allows the paths /v1/*, not this one`],
    [
      'https://api.example.com/v1/..;/',
      'HostNotAllowedError',
      `${named} allows the paths /v1/*; this one holds a dot segment`,
    ],
  ])('%s', (url, name, reason) => {
    const error = fetch(url);
    expect(error.name).toBe(name);
    expect(error.message).toContain(`: ${reason}`);
    expect(error.hint).toContain(named);
    expect(error.hint).not.toContain('--');
  });

  test('by its methods', () => {
    expect(fetch('https://api.example.com/v1/', { method: 'POST' }).message).toBe(
      `fetch api.example.com:443: ${named} allows the methods GET, not POST`,
    );
    expect(fetch('https://api.example.com/v1/', { method: 'TRACE' })).toMatchObject({
      name: 'ArgumentError',
      message: 'fetch api.example.com:443: the method TRACE is never sent',
      hint: null,
    });
  });

  test('sockets and look-ups', () => {
    const connectError = raised(() =>
      small.permitConnect({ operation: 'connect', host: 'api.example.com', port: 443 }),
    );
    expect(connectError.message).toBe(`connect to api.example.com:443: ${named} allows HTTP requests only`);
    const resolveError = raised(() => small.permitResolve({ host: 'api.example.com' }));
    expect(resolveError.message).toBe(`resolve api.example.com: ${named} allows HTTP requests only`);
  });

  test('and the flags would too: that is what is said', () => {
    const error = fetch('https://other.test/');
    expect(error.message).toBe('fetch other.test:443: no grant covers this host');
    expect(error.hint).toBe(`a flag alone would not help: ${named} does not allow it either`);
  });

  test('a long narrowing is cut short', () => {
    const many = root.narrow(Array.from({ length: 40 }, (_, index) => `h${index}.example.com`));
    const { message } = raised(() => many.permitConnect({ operation: 'connect', host: 'x.example.com', port: 1 }));
    expect(message).toContain('h4.example.com and 35 more]');
  });

  test('a redirect: its hop and where it came from, without path or password', () => {
    const { message } = fetch('https://other.test/', {
      from: new URL('https://u:p@api.example.com/v1/secret?key=1'),
      hop: 2,
    });
    expect(message).toBe('fetch other.test:443 (redirect 2, from https://api.example.com): no grant covers this host');
  });
});

describe('whoever is not the user', () => {
  const by: By = { role: 'https://lib.example/', file: 'lib.casp', line: 3 };
  const root = Capability.root(
    Grants.parse({
      allowNet: ['secret.example:443', 'api.example.com'],
      denyNet: ['10.0.0.0/8', 'api.example.com:25'],
    }),
  );
  const held = root
    .narrow(['internal.example', 'api.example.com'])
    .narrow(['api.example.com', 'internal.example:1', '10.0.0.1', 'secret.example']);
  const ask = (host: string, port: number) =>
    raised(() => held.permitConnect({ operation: 'connect', host, port, by }));

  test('is told nothing of what is above its own narrowing', () => {
    for (const [host, port, message] of [
      ['secret.example', 80, 'connect to secret.example:80: this capability does not cover this port'],
      ['internal.example', 1, 'connect to internal.example:1: this capability does not cover this host'],
      ['10.0.0.1', 1, 'connect to 10.0.0.1:1: this capability does not cover this host'],
      ['api.example.com', 25, 'connect to api.example.com:25: this capability does not cover this port'],
      ['unknown.example', 1, 'connect to unknown.example:1: this capability does not cover this host'],
    ] as const) {
      expect(ask(host, port)).toMatchObject({ message, hint: null });
    }
  });

  test('sees the narrowing that it holds', () => {
    const own = root.narrow(['api.example.com:443']);
    const error = raised(() => own.permitConnect({ operation: 'connect', host: 'api.example.com', port: 80, by }));
    expect(error.message).toContain('the narrowing to [api.example.com:443] does not cover port 80');
    expect(own.describe(by)).toMatchObject({ allowNet: ['api.example.com:443'], denyNet: [] });
    expect(own.describe()).toMatchObject({ denyNet: ['10.0.0.0/8', 'api.example.com:25'] });
    expect(own.describe({ ...by, role: 'user' })).toEqual(own.describe());
  });

  test('sees no address behind a name, and none of the rules on them', () => {
    const target = held.permitConnect({ operation: 'connect', host: 'api.example.com', port: 443, by });
    const error = raised(() => held.vet(target, ['10.0.0.7'], by));
    expect(error).toMatchObject({
      name: 'AddressNotAllowedError',
      message: 'connect to api.example.com:443: every address behind this name is denied',
      hint: null,
    });
    expect(raised(() => held.vet(target, ['10.0.0.7'])).message).toBe(
      'connect to api.example.com:443: every address behind the name is denied (10.0.0.7 by --deny-net=10.0.0.0/8)',
    );
  });
});
