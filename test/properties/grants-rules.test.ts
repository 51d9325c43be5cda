/**
 * The properties of rules: their text, their index, the spelling of what is asked for. Each run of a property is one
 * case; the last test asserts how many there were. The naive walk in here is the meaning of a list of rules, written
 * to be read: the index must agree with it.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { embeddedIps } from '../../src/net/address/embedded.ts';
import { parseHost, readHost } from '../../src/net/address/host.ts';
import { type IpAddress, ipBytes, ipFromBytes, ipFromWords, parseIp } from '../../src/net/address/ip.ts';
import { ADDRESS_SETS } from '../../src/net/address/sets.ts';
import { parseTarget, type Target } from '../../src/net/address/target.ts';
import { Grants } from '../../src/net/grants/grants.ts';
import { readPath } from '../../src/net/grants/paths.ts';
import type { Rule, RuleUse } from '../../src/net/grants/rule.ts';
import { parseRule } from '../../src/net/grants/syntax.ts';
import {
  answers,
  both,
  casesSoFar,
  chain,
  denyRule,
  denyRules,
  dialled,
  EMBEDDING,
  EVERYTHING,
  holds,
  IPV4,
  IPV6,
  listenRule,
  listenTarget,
  oneOf,
  port,
  question,
  rule,
  someName,
  target,
  withoutLookUp,
} from './grants-world.ts';

describe('text', () => {
  const anyRule = fc.oneof(
    fc.tuple(rule, fc.constant<RuleUse>('connect')),
    fc.tuple(denyRule, fc.constant<RuleUse>('deny')),
    fc.tuple(listenRule, fc.constant<RuleUse>('listen')),
    fc.tuple(
      fc.ipV6().map((ip) => `[${ip}]:80`),
      fc.constant<RuleUse>('connect'),
    ),
    fc.tuple(fc.domain(), fc.constant<RuleUse>('connect')),
  );

  test('parse(format(rule)) is the rule', () => {
    holds(30_000, anyRule, ([text, use]) => {
      const read = parseRule(text, use);
      if ('refused' in read) throw new Error(`${text}: ${read.refused}`);
      expect(parseRule(read.text, use)).toEqual(read);
    });
  });

  test('grants that are parsed from what format answers decide alike', () => {
    holds(8_000, fc.tuple(chain, question), ([grants, asked]) => {
      const again = Grants.parse(grants.format());
      const expected = answers(grants, asked);
      const found = answers(again, asked);
      // No flag says that a narrowing bounds what allowDns lifted, so of look-ups format answers less.
      expect(withoutLookUp(found)).toBe(withoutLookUp(expected));
      expect(both(found, expected)).toBe(found);
      expect(again.addressPolicy).toBe(grants.addressPolicy);
    });
  });

  test('no text crashes the parser, and a refusal has a reason', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc
        .array(
          oneOf([
            '[',
            ']',
            ':',
            '*',
            '.',
            '/',
            '-',
            '0',
            '1',
            '443',
            '::',
            'a',
            '%',
            '@',
            ' ',
            'ß',
            '\0',
            'xn--',
            '10.0.0.0',
            '1::',
          ]),
          { maxLength: 8 },
        )
        .map((parts) => parts.join('')),
    );
    holds(20_000, fc.tuple(odd, oneOf<RuleUse>(['connect', 'deny', 'listen'])), ([text, use]) => {
      const read = parseRule(text, use);
      if ('refused' in read) expect(read.refused).not.toBe('');
      else expect(parseRule(read.text, use)).toEqual(read);
    });
  });

  test('no value crashes the flags', () => {
    holds(
      3_000,
      fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true, maxDepth: 2 }),
      (value) => {
        for (const input of [
          value,
          { allowNet: value },
          { denyNet: value, allowDns: value },
          { paths: value },
          { rate: value },
        ]) {
          try {
            Grants.parse(input as object);
          } catch (error) {
            expect(error).toMatchObject({ code: 'GRANT_SYNTAX' });
          }
        }
        try {
          EVERYTHING.narrow(['*'], value as object);
          EVERYTHING.narrow(value as string[]);
        } catch (error) {
          expect(['GRANT_SYNTAX', 'ARGUMENT']).toContain((error as { code: string }).code);
        }
      },
    );
  });
});

/** What a list of rules means: one rule after the other, each asked by itself. */
describe('the index answers as a walk over the list does', () => {
  const textOf = (ip: IpAddress) =>
    ipBytes(ip)
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
  const inNetwork = (ip: IpAddress, network: IpAddress, length: number) =>
    ip.family === network.family && textOf(ip).slice(0, length) === textOf(network).slice(0, length);
  const inSet = (ip: IpAddress, name: string) => {
    const set = ADDRESS_SETS.find((found) => found.name === name);
    if (set === undefined) throw new Error(name);
    const longest = (ranges: typeof set.ranges) =>
      Math.max(-1, ...ranges.filter(({ cidr }) => inNetwork(ip, cidr.ip, cidr.length)).map(({ cidr }) => cidr.length));
    return longest(set.ranges) > longest(set.except);
  };

  function speaksOf({ pattern }: Rule, ip: IpAddress): boolean {
    switch (pattern.kind) {
      case 'ip':
        return pattern.ip.text === ip.text;
      case 'cidr':
        return inNetwork(ip, pattern.cidr.ip, pattern.cidr.length);
      case 'set':
        return inSet(ip, pattern.name);
      default:
        return false;
    }
  }

  function coversHost(one: Rule, { host: asked }: Target): boolean {
    const { pattern } = one;
    if (pattern.kind === 'any') return true;
    if (asked.kind === 'ip') return speaksOf(one, asked.ip);
    if (pattern.kind === 'name') return pattern.name === asked.text;
    return pattern.kind === 'below' && asked.text.endsWith(`.${pattern.name}`);
  }

  const coversPort = ({ ports: { from, to } }: Rule, at: number) => from <= at && at <= to;
  const allPorts = ({ ports: { from, to } }: Rule) => from <= 1 && to === 65535;
  const denies = (one: Rule, ip: IpAddress) => [ip, ...embeddedIps(ip)].some((each) => speaksOf(one, each));
  const deniesHost = (one: Rule, asked: Target) =>
    coversHost(one, asked) || (asked.host.kind === 'ip' && denies(one, asked.host.ip));

  function parsed(list: readonly string[], use: RuleUse): readonly Rule[] {
    return list.map((text) => {
      const read = parseRule(text, use);
      if ('refused' in read) throw new Error(text);
      return read;
    });
  }

  function walk(allowed: readonly Rule[], denied: readonly Rule[], asked: Target): string {
    if (denied.some((one) => allPorts(one) && deniesHost(one, asked))) return 'denied';
    const covering = allowed.filter((one) => coversHost(one, asked));
    if (covering.length === 0) return 'no_grant';
    if (denied.some((one) => coversPort(one, asked.port) && deniesHost(one, asked))) return 'denied_port';
    return covering.some((one) => coversPort(one, asked.port)) ? 'allowed' : 'port';
  }

  test('to connect', () => {
    holds(20_000, fc.tuple(fc.array(rule, { maxLength: 12 }), denyRules, target), ([allowed, denied, asked]) => {
      const grants = Grants.parse({ allowNet: allowed, denyNet: denied });
      const verdict = grants.decideConnect(asked);
      const list = parsed(allowed, 'connect');
      expect(verdict.kind).toBe(walk(list, parsed(denied, 'deny'), asked));
      if (verdict.kind !== 'allowed') return;
      const named = list.filter((one) => one.text === verdict.rule);
      expect(named.some((one) => coversHost(one, asked) && coversPort(one, asked.port))).toBe(true);
    });
  });

  test('to dial', () => {
    holds(15_000, fc.tuple(fc.array(denyRule, { maxLength: 6 }), target, dialled), ([denied, asked, ip]) => {
      const verdict = Grants.parse({ allowNet: true, denyNet: denied }).decideAddress(asked, ip);
      const expected = parsed(denied, 'deny').some((one) => coversPort(one, asked.port) && denies(one, ip));
      expect(verdict.kind).toBe(expected ? 'address' : 'allowed');
    });
  });

  test('to listen', () => {
    holds(10_000, fc.tuple(fc.array(listenRule, { maxLength: 6 }), listenTarget), ([allowed, asked]) => {
      const covering = parsed(allowed, 'listen').filter((one) => coversHost(one, asked));
      const expected = covering.some((one) => coversPort(one, asked.port))
        ? 'allowed'
        : covering.length === 0
          ? 'no_grant'
          : 'port';
      expect(Grants.parse({ allowListen: allowed }).decideListen(asked).kind).toBe(expected);
    });
  });
});

describe('spelling', () => {
  /** Other ways to write an IPv4, as URL reads them. */
  const spelledV4 = fc.tuple(oneOf(IPV4), fc.integer({ min: 0, max: 8 })).map(([text, way]) => {
    const octets = text.split('.').map(Number);
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const hex = (value: number) => value.toString(16);
    const spellings = [
      `${text}.`,
      octets.map((octet) => `0${octet.toString(8)}`).join('.'),
      octets.map((octet) => `0x${hex(octet)}`).join('.'),
      String(number),
      `0x${hex(number)}`,
      `${a}.${(b << 16) | (c << 8) | d}`,
      text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
      `::ffff:${text}`,
      `[::ffff:${hex(number >>> 16)}:${hex(number & 0xffff)}]`,
    ] as const;
    return [text, spellings[way] ?? text] as const;
  });
  const spelledV6 = fc.tuple(oneOf([...IPV6, ...EMBEDDING]), fc.integer({ min: 0, max: 3 })).map(([text, way]) => {
    const groups = (parseIp(text)?.words ?? []).flatMap((word) => [word >>> 16, word & 0xffff]);
    const full = groups.map((group) => group.toString(16)).join(':');
    const padded = groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
    return [text, [`[${text}]`, full, `[${padded}]`, text.toUpperCase()][way] ?? text] as const;
  });
  const spelledName = fc.tuple(someName, fc.integer({ min: 0, max: 5 })).map(([text, way]) => {
    const spellings = [
      text.toUpperCase(),
      `${text}.`,
      text.replace(/\./g, '\u3002'),
      text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
      text.replace(/^(.)/, '$1\u00ad'),
      text.replace(/^./, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ];
    const spelled = /^xn--|\.xn--/.test(text) && way > 1 ? text.toUpperCase() : spellings[way];
    return [text, spelled ?? text] as const;
  });

  test('a target gets the verdict of its canonical spelling', () => {
    const asked = fc.tuple(fc.oneof(spelledV4, spelledV6, spelledName), port);
    holds(
      25_000,
      fc.tuple(fc.array(rule, { maxLength: 8 }), denyRules, asked),
      ([allowed, denied, [[canonical, spelled], at]]) => {
        const grants = Grants.parse({ allowNet: allowed, denyNet: denied });
        expect(parseHost(spelled)).toEqual(parseHost(canonical));
        const verdict = grants.decideConnect(parseTarget(spelled, at));
        expect(verdict).toEqual(grants.decideConnect(parseTarget(canonical, at)));
      },
    );
  });

  test('a host is its own canonical spelling, and URL agrees', () => {
    const raw = fc.oneof(
      fc.domain(),
      fc.ipV4Extended(),
      fc.string({
        unit: oneOf(['a', 'B', '1', '0', 'x', '.', '-', '_', 'ß', '\u00ad', '\u3002', '%', '2', 'e', 'xn--']),
        maxLength: 12,
      }),
    );
    holds(40_000, raw, (text) => {
      const read = readHost(text);
      const byUrl = /^[^\p{Cc}\s:@/\\?#[\]]+$/u.test(text) ? URL.parse(`http://${text}/`) : null;
      if (read === null) return;
      expect(readHost(read.text)).toEqual(read);
      expect(byUrl?.hostname.replace(/\.$/, '')).toBe(read.text);
    });
  });

  test('an address is the same by its text, its bytes and URL', () => {
    holds(20_000, fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text);
      if (ip === null) throw new Error(text);
      expect([parseIp(ip.text), ipFromBytes(ipBytes(ip)), ipFromWords(ip.words)]).toEqual([ip, ip, ip]);
      const byUrl = new URL(`http://${text.includes(':') ? `[${text}]` : text}/`).hostname;
      if (ip.family === 6 || !text.includes(':')) expect(byUrl).toBe(ip.family === 6 ? `[${ip.text}]` : ip.text);
    });
  });

  test('a path is its own canonical form, and holds nothing that a server could read as another', () => {
    const piece = oneOf([
      '/',
      '.',
      '..',
      ';',
      '%2e',
      '%2F',
      '%5c',
      '\\',
      '%25',
      '%00',
      'a',
      '%61',
      '%c3%a9',
      'é',
      '%',
      ' ',
      '*',
    ]);
    holds(30_000, fc.array(piece, { maxLength: 8 }), (parts) => {
      const { pathname } = new URL(`http://h/${parts.join('')}`);
      const read = readPath(pathname);
      if ('refused' in read) return;
      expect(readPath(read.path)).toEqual(read);
      expect(new URL(`http://h${read.path}`).pathname).toBe(read.path);
      const decoded = decodeURIComponent(read.path);
      expect(decoded).not.toMatch(/[\\%\0]/);
      expect(decoded.split('/').filter((segment) => /^\.\.?(;|$)/.test(segment.trim()))).toEqual([]);
      expect(decoded).toBe(decodeURIComponent(pathname));
      expect(decoded.split('/').length).toBe(pathname.split('/').length);
    });
  });
});

test('there were 200,000 cases and more', () => {
  expect(casesSoFar()).toBeGreaterThanOrEqual(200_000);
});
