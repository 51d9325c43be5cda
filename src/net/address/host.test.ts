import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../errors/classes.ts';
import { hostText, parseHost, readHost } from './host.ts';

const long = (count: number) => 'a'.repeat(count);

describe('names', () => {
  test.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.Com', 'example.com'],
    ['example.com.', 'example.com'],
    ['a_b-c.example', 'a_b-c.example'],
    ['localhost', 'localhost'],
    ['xn--ls8h.example', 'xn--ls8h.example'],
    ['XN--LS8H.example', 'xn--ls8h.example'],
    ['💩.example', 'xn--ls8h.example'],
    ['faß.de', 'xn--fa-hia.de'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['ｅｘａｍｐｌｅ。com', 'example.com'],
    ['exa\u00admple.com', 'example.com'],
    ['exam%70le.com', 'example.com'],
    ['1.example', '1.example'],
    ['0x7f.example', '0x7f.example'],
    ['xn--4dbrk0ce.com', 'xn--4dbrk0ce.com'],
    ['-', '-'],
    ['__proto__', '__proto__'],
    [`${long(63)}.b`, `${long(63)}.b`],
    [[63, 63, 63, 61].map(long).join('.'), [63, 63, 63, 61].map(long).join('.')],
  ])('%s', (raw, text) => {
    expect(parseHost(raw)).toEqual({ kind: 'name', text });
  });
});

describe('addresses, as a URL reads them', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['１２７.０.０.１', '127.0.0.1'],
    ['%31%32%37.0.0.1', '127.0.0.1'],
    ['0', '0.0.0.0'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[0:0:0:0:0:0:0:1]', '::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['[::ffff:a00:1]', '10.0.0.1'],
  ])('%s', (raw, text) => {
    expect(parseHost(raw)).toMatchObject({ kind: 'ip', text, ip: { text } });
  });
});

describe('no host', () => {
  test.each([
    '',
    '.',
    'a..b',
    'a..',
    '.a',
    'a b',
    ' a',
    'a\t',
    'a\nb',
    'a\0',
    'a\u3000b',
    'a\ufeff',
    'a/b',
    'a\\b',
    'a?b',
    'a#b',
    'u@a',
    'a:80',
    '[::1]:80',
    '[::1',
    '::1]',
    '[127.0.0.1]',
    '[::1%25lo]',
    'fe80::1%eth0',
    'a*b',
    '*.a',
    'a%2fb',
    'a%00b',
    'a%',
    '1.2.3.256',
    '1.2.3.4.5',
    'a.1',
    'a.0x1',
    '℀.com',
    'a\u202eb',
    'a\ud800',
    'a\u200db',
    'xn--',
    'xn--a',
    'a.xn--0.b',
    'xn--a-',
    'xn--xn---epa',
    'xn--ls8h\u00e9',
    `${long(64)}.b`,
    [63, 63, 63, 62].map(long).join('.'),
    `${'é'.repeat(80)}.b`,
  ])('%j', (raw) => {
    expect(readHost(raw)).toBeNull();
    expect(() => parseHost(raw)).toThrow(ArgumentError);
  });

  test.each([undefined, null, 1, {}, ['a'], true])('%j is no text', (raw) => {
    expect(() => parseHost(raw as unknown as string)).toThrow(ArgumentError);
  });
});

test('the fast path takes only what URL leaves as it is', () => {
  for (const text of ['a', 'a-b.c_d', '1a.b1', '0x1.com', 'a.b.c.d.e', 'xn-a.b', 'a.z0']) {
    expect(readHost(text)).toEqual({ kind: 'name', text });
    expect(new URL(`http://${text}/`).hostname).toBe(text);
  }
});

test('IPv6 stands in brackets before a port', () => {
  expect(hostText(parseHost('::1'))).toBe('[::1]');
  expect(hostText(parseHost('::ffff:1.2.3.4'))).toBe('1.2.3.4');
  expect(hostText(parseHost('a'))).toBe('a');
});
