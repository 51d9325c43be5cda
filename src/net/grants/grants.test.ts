import { describe, expect, test } from 'vitest';
import {
  AddressNotAllowedError,
  GrantSyntaxError,
  HostNotAllowedError,
  PortNotAllowedError,
} from '../../errors/classes.ts';
import { parseHost } from '../address/host.ts';
import { parseIp } from '../address/ip.ts';
import { parseListenTarget, parseTarget } from '../address/target.ts';
import { Grants } from './grants.ts';
import type { GrantsInput } from './input.ts';
import type { NarrowOptions } from './narrowing.ts';

function connect(grants: Grants, host: string, port = 443): string {
  return grants.decideConnect(parseTarget(host, port)).kind;
}

function listen(grants: Grants, host: string, port: number): string {
  return grants.decideListen(parseListenTarget(host, port)).kind;
}

function address(grants: Grants, ip: string, port = 443): string {
  const read = parseIp(ip);
  if (read === null) throw new Error(ip);
  return grants.decideAddress(parseTarget('name.example', port), read).kind;
}

function request(grants: Grants, method: string, url: string): string {
  const parsed = new URL(url);
  const port = Number(parsed.port || (/^(https|wss):/.test(url) ? 443 : 80));
  return grants.decideRequest(parseTarget(parsed.hostname, port), { method, url: parsed }).kind;
}

describe('flags', () => {
  test('nothing given is nothing granted', () => {
    for (const input of [{}, { allowNet: false }, { allowNet: [] }, { denyNet: ['private'] }] satisfies GrantsInput[]) {
      const grants = Grants.parse(input);
      expect(connect(grants, 'a')).toBe('no_grant');
      expect(listen(grants, '127.0.0.1', 80)).toBe('no_grant');
      expect([grants.anyConnect, grants.anyListen]).toEqual([false, false]);
    }
  });

  test('a bare flag grants everything of its kind and nothing else', () => {
    const net = Grants.parse({ allowNet: true });
    expect([connect(net, 'a', 1), connect(net, '::1', 65535), listen(net, '::', 0)]).toEqual([
      'allowed',
      'allowed',
      'no_grant',
    ]);
    const listener = Grants.parse({ allowListen: true });
    expect([listen(listener, '::', 0), listen(listener, 'a', 65535), connect(listener, 'a')]).toEqual([
      'allowed',
      'allowed',
      'no_grant',
    ]);
    expect([net.anyConnect, net.anyListen, listener.anyConnect, listener.anyListen]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  test('one string and a list say the same', () => {
    for (const allowNet of ['a:1, b:2', ['a:1,b:2'], [' a:1', 'b:2 ']]) {
      expect(Grants.parse({ allowNet }).format().allowNet).toEqual(['a:1', 'b:2']);
    }
  });

  test.each([
    [{ allowNet: ['a', 'https://x'] }, '--allow-net: "https://x" is a URL', 'write x:443'],
    [{ denyNet: 'a,,b' }, '--deny-net: "" is empty', 'comma'],
    [{ allowListen: '127.0.0.1' }, '--allow-listen: "127.0.0.1" names no port', '127.0.0.1:8080'],
    [{ allowNet: '' }, '--allow-net: "" is empty', 'comma'],
    [{ allowNet: null }, '--allow-net takes a list of rules', ''],
    [{ allowNet: 1 }, '--allow-net takes a list of rules', ''],
    [{ allowNet: [true] }, '--allow-net: a value of type boolean is no rule', ''],
    [{ allowNet: ['a\u202e\u001b'] }, '"a\\u{202e}\\u{1b}"', ''],
    [{ allowDns: 'yes' }, '--allow-dns takes no value', ''],
    [{ allow_net: true }, 'no key "allow_net"', 'allowNet'],
    [{ allownet: true }, 'no key "allownet"', 'allowNet'],
    [{ method: ['GET'] }, 'no key "method"', 'methods'],
    [{ methods: 'GET' }, 'grants: methods must be a list', ''],
    [null, 'grants are an object', ''],
    [[], 'grants are an object', ''],
    ['a', 'grants are an object', ''],
  ])('%j is refused', (input, message, hint) => {
    try {
      Grants.parse(input as GrantsInput);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof GrantSyntaxError)) throw error;
      expect(error.message).toContain(message);
      expect(error.hint ?? '').toContain(hint);
    }
  });
});

describe('connecting', () => {
  const grants = Grants.parse({
    allowNet: [
      'api.example.com:443',
      'api.example.com:8000-8100',
      '*.cdn.example',
      '10.0.0.0/8:80',
      '[2001:db8::/32]:80',
      '192.0.2.1',
    ],
    denyNet: ['bad.cdn.example', '*.worse.cdn.example', 'odd.cdn.example:80', '10.9.0.0/16', '*:25'],
  });

  test.each([
    ['api.example.com', 443, 'allowed'],
    ['API.Example.COM.', 8000, 'allowed'],
    ['api.example.com', 8100, 'allowed'],
    ['api.example.com', 8101, 'port'],
    ['api.example.com', 7999, 'port'],
    ['example.com', 443, 'no_grant'],
    ['x.api.example.com', 443, 'no_grant'],
    ['api.example.com.evil.example', 443, 'no_grant'],
    ['cdn.example', 1, 'no_grant'],
    ['a.cdn.example', 1, 'allowed'],
    ['a.b.c.cdn.example', 65535, 'allowed'],
    ['acdn.example', 1, 'no_grant'],
    ['bad.cdn.example', 1, 'denied'],
    ['x.bad.cdn.example', 1, 'allowed'],
    ['worse.cdn.example', 1, 'allowed'],
    ['x.worse.cdn.example', 1, 'denied'],
    ['odd.cdn.example', 80, 'denied_port'],
    ['odd.cdn.example', 81, 'allowed'],
    ['a.cdn.example', 25, 'denied_port'],
    ['api.example.com', 25, 'denied_port'],
    ['other.example', 25, 'no_grant'],
    ['10.0.0.1', 80, 'allowed'],
    ['0xa.1', 80, 'allowed'],
    ['::ffff:10.0.0.1', 80, 'allowed'],
    ['10.0.0.1', 81, 'port'],
    ['10.9.0.1', 80, 'denied'],
    ['::ffff:10.9.0.1', 80, 'denied'],
    ['11.0.0.0', 80, 'no_grant'],
    ['2001:db8::1', 80, 'allowed'],
    ['2001:db9::', 80, 'no_grant'],
    ['192.0.2.1', 1, 'allowed'],
    ['192.0.2.2', 1, 'no_grant'],
    ['64:ff9b::a00:1', 80, 'no_grant'],
  ] as const)('%s port %i: %s', (host, port, kind) => {
    expect(connect(grants, host, port)).toBe(kind);
    const check = () => grants.checkConnect(host, port);
    if (kind === 'allowed') expect(check).not.toThrow();
    else expect(check).toThrow(/port/.test(kind) ? PortNotAllowedError : HostNotAllowedError);
  });

  test('the most specific rule is the one that is named', () => {
    const many = Grants.parse({
      allowNet: [
        '*',
        '*.example',
        '*.b.example',
        'a.b.example',
        'a.b.example:1',
        '0.0.0.0/0',
        '10.0.0.0/8',
        '10.1.0.0/16:7',
      ],
    });
    const rule = (host: string, port: number) => many.decideConnect(parseTarget(host, port)).rule;
    expect(rule('a.b.example', 1)).toBe('a.b.example:1');
    expect(rule('a.b.example', 2)).toBe('a.b.example');
    expect(rule('x.b.example', 1)).toBe('*.b.example');
    expect(rule('b.example', 1)).toBe('*.example');
    expect(rule('example', 1)).toBe('*');
    expect(rule('10.1.0.1', 7)).toBe('10.1.0.0/16:7');
    expect(rule('10.1.0.1', 8)).toBe('10.0.0.0/8');
    expect(rule('11.1.0.1', 8)).toBe('0.0.0.0/0');
    expect(rule('::1', 8)).toBe('*');
  });

  test('what is no host or no port is refused like what is not granted', () => {
    const all = Grants.parse({ allowNet: true, allowListen: true });
    for (const host of ['', 'a b', 'a:80', 'a/b', 'xn--a', undefined, null, 1, {}]) {
      expect(() => all.checkConnect(host as string, 80)).toThrow(HostNotAllowedError);
      expect(() => all.checkListen(host as string, 80)).toThrow(HostNotAllowedError);
      expect(() => all.checkAddress(host as string)).toThrow(HostNotAllowedError);
    }
    for (const port of [0, -1, 65536, 1.5, Number.NaN, '80', null, undefined]) {
      expect(() => all.checkConnect('a', port as number)).toThrow(PortNotAllowedError);
      if (port !== 0) expect(() => all.checkListen('a', port as number)).toThrow(PortNotAllowedError);
    }
  });
});

describe('denying', () => {
  test('a bare deny denies everything, listening too', () => {
    for (const denyNet of [true, '*', ['*:*']] satisfies GrantsInput['denyNet'][]) {
      const grants = Grants.parse({ allowNet: true, allowListen: true, denyNet });
      expect([connect(grants, 'a'), connect(grants, '::1'), listen(grants, '::', 0)]).toEqual([
        'denied',
        'denied',
        'denied',
      ]);
      expect(grants.decideResolve(parseHost('a')).kind).toBe('denied');
      expect([grants.anyConnect, grants.anyListen]).toEqual([false, false]);
    }
  });

  test('other deny rules say nothing of listening', () => {
    const grants = Grants.parse({ allowListen: '127.0.0.1:80', denyNet: ['private', '127.0.0.1', '*:80'] });
    expect(listen(grants, '127.0.0.1', 80)).toBe('allowed');
  });

  test('rules on addresses bind what is dialled, at their ports', () => {
    const grants = Grants.parse({ allowNet: true, denyNet: ['10.0.0.0/8', '192.0.2.1:80', 'name.example:1'] });
    expect(address(grants, '10.1.2.3')).toBe('address');
    expect(address(grants, '::ffff:10.1.2.3')).toBe('address');
    expect(address(grants, '64:ff9b::a01:203')).toBe('address');
    expect(address(grants, '2002:a01:203::')).toBe('address');
    expect(address(grants, '11.0.0.0')).toBe('allowed');
    expect(address(grants, '192.0.2.1', 80)).toBe('address');
    expect(address(grants, '192.0.2.1', 81)).toBe('allowed');
    expect(grants.bindsAddresses).toBe(true);
    expect(grants.addressPolicy).toBe('10.0.0.0/8 192.0.2.1:80');
  });

  test('without such a rule a granted name reaches whatever it resolves to', () => {
    const grants = Grants.parse({ allowNet: ['name.example'], denyNet: ['bad.example', '*:25', '*.x'] });
    expect(address(grants, '127.0.0.1')).toBe('allowed');
    expect(address(grants, '169.254.169.254')).toBe('allowed');
    expect([grants.bindsAddresses, grants.addressPolicy]).toEqual([false, '']);
  });

  test('checkAddress asks the deny rules alone', () => {
    const grants = Grants.parse({ denyNet: ['private', '192.0.2.1:80'] });
    expect(() => grants.checkAddress('10.0.0.1')).toThrow(AddressNotAllowedError);
    expect(() => grants.checkAddress('[::1]')).toThrow(AddressNotAllowedError);
    expect(() => grants.checkAddress('fe80::5efe:a00:1')).toThrow(AddressNotAllowedError);
    expect(() => grants.checkAddress('name')).toThrow(AddressNotAllowedError);
    expect(() => grants.checkAddress('8.8.8.8')).not.toThrow();
    expect(() => grants.checkAddress('192.0.2.1')).not.toThrow();
    expect(() => grants.checkAddress('192.0.2.1', 81)).not.toThrow();
    expect(() => grants.checkAddress('192.0.2.1', 80)).toThrow(AddressNotAllowedError);
  });

  test('equal policies on addresses are told by their text, however they came about', () => {
    const one = Grants.parse({ allowNet: true, denyNet: ['private', '10.0.0.1/8', 'name'] });
    const other = Grants.parse({ allowNet: ['a'], denyNet: ['10.0.0.0/8'] }).narrow(['*'], { deny: ['PRIVATE', 'x'] });
    expect(one.addressPolicy).toBe(other.addressPolicy);
    expect(one.addressPolicy).not.toBe(Grants.parse({ denyNet: ['private'] }).addressPolicy);
  });
});

describe('listening', () => {
  const grants = Grants.parse({ allowListen: ['8080', '127.0.0.1:0', '[::1]:*', 'localhost:9000-9010'] });
  test.each([
    ['0.0.0.0', 8080, 'allowed'],
    ['192.0.2.1', 8080, 'allowed'],
    ['192.0.2.1', 8081, 'port'],
    ['127.0.0.1', 0, 'allowed'],
    ['127.0.0.1', 1, 'port'],
    ['0.0.0.0', 0, 'port'],
    ['::1', 0, 'allowed'],
    ['[::1]', 65535, 'allowed'],
    ['localhost', 9010, 'allowed'],
    ['localhost', 9011, 'port'],
    ['127.0.0.1', 9000, 'port'],
  ] as const)('%s port %i: %s', (host, port, kind) => {
    expect(listen(grants, host, port)).toBe(kind);
  });

  test('an interface that no rule names is no host', () => {
    expect(listen(Grants.parse({ allowListen: ['127.0.0.1:80'] }), '0.0.0.0', 80)).toBe('no_grant');
  });

  test('port 0 needs a rule with 0 or *', () => {
    expect(listen(Grants.parse({ allowListen: ['127.0.0.1:1-65535'] }), '127.0.0.1', 0)).toBe('port');
  });
});

describe('look-ups', () => {
  const resolve = (input: GrantsInput, host: string) => Grants.parse(input).decideResolve(parseHost(host)).kind;
  test.each([
    [{ allowNet: ['a.example:443'] }, 'a.example', 'allowed'],
    [{ allowNet: ['a.example:443'] }, 'b.example', 'no_grant'],
    [{ allowNet: ['a.example'] }, '_sip._tcp.a.example', 'allowed'],
    [{ allowNet: ['a.example'] }, '_sip._udp.a.example', 'allowed'],
    [{ allowNet: ['a.example'] }, '_sip.a.example', 'no_grant'],
    [{ allowNet: ['a.example'] }, '_a._b.a.example', 'no_grant'],
    [{ allowNet: ['a.example'] }, '_a-very-long-service._tcp.a.example', 'no_grant'],
    [{ allowNet: ['a.example'] }, 'x._sip._tcp.a.example', 'no_grant'],
    [{ allowNet: ['*'], denyNet: ['a.example'] }, '_sip._tcp.a.example', 'denied'],
    [{ allowNet: ['*'], denyNet: ['_sip._tcp.a.example'] }, '_sip._tcp.a.example', 'denied'],
    [{ allowNet: ['*'], denyNet: ['a.example:80'] }, 'a.example', 'allowed'],
    [{ allowDns: true }, 'b.example', 'allowed'],
    [{ allowDns: true, denyNet: ['b.example'] }, 'b.example', 'denied'],
    [{ allowNet: ['a.example'], noDns: true }, 'a.example', 'no_dns'],
    [{ allowDns: true, noDns: true }, 'a.example', 'no_dns'],
    [{ allowNet: ['10.0.0.0/8:80'] }, '10.0.0.1', 'allowed'],
    [{ allowNet: ['a.example'] }, '10.0.0.1', 'no_grant'],
    [{ allowNet: ['10.0.0.0/8'], denyNet: ['private'] }, '10.0.0.1', 'denied'],
  ] as const)('%j, %s: %s', (input, host, kind) => {
    expect(resolve(input, host)).toBe(kind);
  });

  test('a narrowing bounds what allowDns lifted', () => {
    const small = Grants.parse({ allowDns: true, allowNet: ['*'] }).narrow(['a.example']);
    expect(small.decideResolve(parseHost('a.example')).kind).toBe('allowed');
    expect(small.decideResolve(parseHost('b.example')).kind).toBe('no_grant');
  });
});

describe('narrowing', () => {
  const all = Grants.parse({ allowNet: true, allowListen: true });

  test('[] grants nothing, * keeps all hosts', () => {
    expect(connect(all.narrow([]), 'a')).toBe('no_grant');
    expect(connect(all.narrow(['*']), 'a')).toBe('allowed');
  });

  test('listening is dropped unless it is named', () => {
    expect(listen(all.narrow(['*']), '::', 80)).toBe('no_grant');
    expect(listen(all.narrow(['*'], { listen: ['80'] }), '::', 80)).toBe('allowed');
    expect(listen(all.narrow(['*'], { listen: ['80'] }).narrow(['*']), '::', 80)).toBe('no_grant');
  });

  test('unreachable rules are kept silently', () => {
    const grants = Grants.parse({ allowNet: ['a'] }).narrow(['a', 'b']);
    expect([connect(grants, 'a'), connect(grants, 'b')]).toEqual(['allowed', 'no_grant']);
  });

  test('the layer nearest the root that refuses decides', () => {
    const grants = Grants.parse({ allowNet: ['a:1-9'] })
      .narrow(['a:5'], { deny: ['*:5'] })
      .narrow(['b']);
    const verdict = (host: string, port: number) => grants.decideConnect(parseTarget(host, port));
    expect(verdict('a', 10)).toMatchObject({ kind: 'port', layer: 0, rule: 'a:1-9' });
    expect(verdict('a', 6)).toMatchObject({ kind: 'port', layer: 1, rule: 'a:5' });
    expect(verdict('a', 5)).toMatchObject({ kind: 'denied_port', layer: 1, rule: '*:5' });
    expect(verdict('b', 5)).toMatchObject({ kind: 'no_grant', layer: 0 });
  });

  test('the grants that were narrowed stay as they were', () => {
    all.narrow([]);
    expect(connect(all, 'a')).toBe('allowed');
    expect(Object.isFrozen(all.layers)).toBe(true);
  });
});

describe('requests', () => {
  const all = Grants.parse({ allowNet: true });
  test.each([
    [{}, 'GET', 'http://a/', 'allowed'],
    [{}, 'CONNECT', 'http://a/', 'forbidden_method'],
    [{}, 'trace', 'http://a/', 'forbidden_method'],
    [{}, 'TRACK', 'https://a/', 'forbidden_method'],
    [{}, 'WEBSOCKET', 'wss://a/', 'allowed'],
    [{}, 'WEBSOCKET', 'https://a/', 'forbidden_method'],
    [{}, 'GET', 'wss://a/', 'forbidden_method'],
    [{ methods: ['GET'] }, 'GET', 'http://a/', 'allowed'],
    [{ methods: ['GET'] }, 'HEAD', 'http://a/', 'method'],
    [{ methods: ['GET'] }, 'get', 'http://a/', 'method'],
    [{ methods: ['GET'] }, 'WEBSOCKET', 'wss://a/', 'method'],
    [{ methods: ['GET', 'websocket'] }, 'WEBSOCKET', 'wss://a/', 'allowed'],
    [{ methods: [] }, 'GET', 'http://a/', 'method'],
    [{ httpsOnly: true }, 'GET', 'https://a/', 'allowed'],
    [{ httpsOnly: true }, 'GET', 'http://a/', 'https_only'],
    [{ httpsOnly: true }, 'WEBSOCKET', 'wss://a/', 'allowed'],
    [{ httpsOnly: true }, 'WEBSOCKET', 'ws://a/', 'https_only'],
    [{ httpsOnly: false }, 'GET', 'http://a/', 'allowed'],
    [{ raw: false }, 'GET', 'http://a/', 'allowed'],
    [{ paths: ['/v1/*'] }, 'GET', 'http://a/v1/x?y=/..%2f', 'allowed'],
    [{ paths: ['/v1/*'] }, 'GET', 'http://a/v1/../v2', 'path'],
    [{ paths: ['/v1/*'] }, 'GET', 'http://a/v1/..;/v2', 'path'],
    [{ paths: ['/v1/*'] }, 'GET', 'http://a/v1/%5c..', 'path'],
    [{ paths: ['/v1/*'] }, 'WEBSOCKET', 'ws://a/v2', 'path'],
    [{ paths: [] }, 'GET', 'http://a/', 'path'],
    [{ deny: ['a'] }, 'GET', 'http://a/', 'denied'],
  ] satisfies [NarrowOptions, string, string, string][])('%j: %s %s: %s', (options, method, url, kind) => {
    expect(request(all.narrow(['*'], options), method, url)).toBe(kind);
  });

  test('the path that was matched is the path to send', () => {
    const grants = all.narrow(['*'], { paths: ['/v1/*'] });
    const path = (from: Grants, url: string) =>
      from.decideRequest(parseTarget('a', 80), { method: 'GET', url: new URL(url) }).path;
    expect(path(grants, 'http://a/v1/%61%c3%a9')).toBe('/v1/a%C3%A9');
    expect(path(all, 'http://a/v1/%61%c3%a9')).toBe('/v1/%61%c3%a9');
  });

  test.each([{ methods: ['GET'] }, { paths: ['*'] }, { httpsOnly: true }, { raw: false }] satisfies NarrowOptions[])(
    '%j leaves no sockets, no listeners and no look-ups',
    (options) => {
      const grants = Grants.parse({ allowNet: true, allowListen: true, allowDns: true }).narrow(['*'], {
        ...options,
        listen: ['*'],
      });
      expect(grants.decideRaw(parseTarget('a', 1)).kind).toBe('raw');
      expect(listen(grants, '::', 80)).toBe('raw');
      expect(grants.decideResolve(parseHost('a')).kind).toBe('raw');
      expect(grants.decideResolve(parseHost('10.0.0.1')).kind).toBe('raw');
      expect([grants.httpOnly, grants.anyListen]).toEqual([true, false]);
      expect(connect(grants, 'a')).toBe('allowed');
      const lifted = grants.narrow(['*'], { raw: true, httpsOnly: false });
      expect(lifted.decideRaw(parseTarget('a', 1)).kind).toBe('raw');
    },
  );

  test('only a bound on methods makes headers that override them matter', () => {
    expect(all.narrow(['*'], { methods: ['GET'] }).narrow(['*']).limitsMethods).toBe(true);
    expect(all.narrow(['*'], { paths: ['*'] }).limitsMethods).toBe(false);
  });
});
