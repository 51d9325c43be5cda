import { describe, expect, test } from 'vitest';
import { Grants } from './grants.ts';
import type { GrantsInput } from './input.ts';

const NOTHING = { allowNet: [], denyNet: [], allowListen: [] };

describe('flags', () => {
  test.each([
    [{}, NOTHING],
    [{ allowNet: true }, { ...NOTHING, allowNet: true }],
    [{ allowNet: ['*'] }, { ...NOTHING, allowNet: ['*'] }],
    [{ allowNet: 'A.example.:443,a.example:443' }, { ...NOTHING, allowNet: ['a.example:443'] }],
    [
      { allowListen: true, denyNet: true },
      { allowNet: [], denyNet: true, allowListen: true },
    ],
    [{ allowListen: '*:8080, [::1]:0' }, { ...NOTHING, allowListen: ['8080', '[::1]:0'] }],
    [{ allowDns: true }, { ...NOTHING, allowDns: true }],
    [
      { allowDns: true, noDns: true },
      { ...NOTHING, noDns: true },
    ],
  ] satisfies [GrantsInput, object][])('%j', (input, output) => {
    expect(Grants.parse(input).format()).toEqual(output);
  });
});

describe('narrowed', () => {
  const root = Grants.parse({
    allowNet: ['api.example.com', '*.cdn.example:443', '10.0.0.0/8:80-90', '*:7'],
    denyNet: ['private'],
    allowListen: ['8000-8100', '127.0.0.1:0'],
    allowDns: true,
  });

  test('allow rules are intersected, deny rules united', () => {
    const small = root.narrow(['api.example.com:443', 'img.cdn.example', '10.1.0.0/16:85-99', '*:7-8'], {
      deny: ['metadata', 'private'],
      listen: ['127.0.0.1:*', '8050'],
    });
    const { allowNet, denyNet, allowListen, ...rest } = small.format();
    expect(new Set(allowNet as string[])).toEqual(
      new Set([
        'api.example.com:443',
        'api.example.com:7-8',
        'img.cdn.example:443',
        'img.cdn.example:7',
        '10.1.0.0/16:85-90',
        '*:7',
      ]),
    );
    expect(denyNet).toEqual(['private', 'metadata']);
    expect(new Set(allowListen as string[])).toEqual(new Set(['8050', '127.0.0.1:8000-8100', '127.0.0.1:0']));
    expect(rest).toEqual({});
  });

  test('a bare flag bounds nothing', () => {
    const all = Grants.parse({ allowNet: true, allowListen: true });
    expect(all.narrow(['a', 'b:80'], { listen: ['80'] }).format()).toEqual({
      allowNet: ['a', 'b:80'],
      denyNet: [],
      allowListen: ['80'],
    });
    expect(all.narrow(['a']).narrow(['b']).format()).toEqual(NOTHING);
  });

  test('bounds that no flag can say stand beside the flags, composed', () => {
    const small = root
      .narrow(['*'], {
        methods: ['GET', 'POST'],
        paths: ['/a/*'],
        maxRequests: 5,
        maxBytes: 100,
        rate: '60/min',
        expires: 10,
      })
      .narrow(['*'], {
        methods: ['PUT', 'GET'],
        paths: ['/a/b'],
        maxRequests: 7,
        rate: '1/s',
        httpsOnly: true,
        raw: false,
        expires: 5,
      });
    expect(small.format()).toMatchObject({
      noDns: true,
      allowListen: [],
      methods: ['GET'],
      paths: [['/a/*'], ['/a/b']],
      httpsOnly: true,
      raw: false,
      maxRequests: 5,
      maxBytes: 100,
      expires: 5,
      rate: ['60/min', '1/s'],
    });
    expect(small.narrow(['*']).format()).toEqual(small.format());
    expect(Grants.parse(small.format()).format()).toEqual(small.format());
  });

  test('a holder other than the user sees the last narrowing and nothing above it', () => {
    const small = root
      .narrow(['secret.example'], { deny: ['loopback'] })
      .narrow(['api.example.com:443', 'x.y'], { methods: ['GET'] });
    expect(small.formatHeld()).toEqual({ ...NOTHING, allowNet: ['api.example.com:443', 'x.y'], methods: ['GET'] });
    expect(root.formatHeld()).toEqual(NOTHING);
  });
});

test('thousands of ports of one host, several times over, cost no product', () => {
  const ports = (step: number) => Array.from({ length: 5000 }, (_, index) => `a:${index * step + 1}`);
  const grants = Grants.parse({ allowNet: ports(2) })
    .narrow(ports(4))
    .narrow(ports(6));
  const start = performance.now();
  expect(grants.format().allowNet).toHaveLength(834);
  expect(performance.now() - start).toBeLessThan(1000);
});
