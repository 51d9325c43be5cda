import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from './escape.ts';
import { parseListenTarget, parseTarget, parseUrlTarget, targetText } from './target.ts';

describe('targets', () => {
  test('keep what was written beside what it means', () => {
    expect(parseTarget('0x7f.1', 80)).toMatchObject({ host: { text: '127.0.0.1' }, port: 80, written: '0x7f.1' });
    expect(targetText(parseTarget('::1', 80))).toBe('[::1]:80');
    expect(targetText(parseTarget('A.example', 65535))).toBe('a.example:65535');
  });

  test.each([0, -1, 65536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '80', null, undefined, {}])(
    '%j is no port',
    (port) => {
      expect(() => parseTarget('a', port as number)).toThrow(ArgumentError);
    },
  );

  test('port 0 is one to listen on', () => {
    expect(parseListenTarget('::', 0)).toMatchObject({ port: 0 });
    for (const port of [-1, 65536, '0']) expect(() => parseListenTarget('::', port as number)).toThrow(ArgumentError);
  });
});

describe('text from outside, in a message', () => {
  test.each([
    ['plain text-1_2', 'plain text-1_2'],
    ['faß', 'faß'],
    ['a\nb', 'a\\u{a}b'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u2066\u200f\u061c', 'a\\u{2066}\\u{200f}\\u{61c}'],
    ['a\u2028b\u00a0', 'a\\u{2028}b\\u{a0}'],
    ['\ud800x', '\\u{d800}x'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\\u{a}', '\\\\u{a}'],
    ['x'.repeat(301), `${'x'.repeat(300)}…`],
  ])('%j', (raw, shown) => {
    expect(escapeText(raw)).toBe(shown);
  });

  test.each([
    [null, 'a value of type null'],
    [undefined, 'a value of type undefined'],
    [1, 'a value of type number'],
    [Object.create(null), 'a value of type object'],
  ])('%j is no text', (raw, shown) => {
    expect(escapeText(raw)).toBe(shown);
  });
});

describe('the target of a URL', () => {
  test.each([
    ['http://a.test/x', 'a.test', 80],
    ['https://A.test', 'a.test', 443],
    ['ws://a.test', 'a.test', 80],
    ['wss://a.test:444/', 'a.test', 444],
    ['https://[::1]:0/', '::1', 0],
  ])('%s', (href, host, port) => {
    expect(parseUrlTarget(new URL(href))).toMatchObject({ host: { text: host }, port });
  });

  test('is read anew for another text, of the same object too', () => {
    const url = new URL('https://a.test/');
    expect(parseUrlTarget(url)).toMatchObject({ host: { text: 'a.test' }, port: 443 });
    url.hostname = 'b.test';
    url.port = '8443';
    expect(parseUrlTarget(url)).toMatchObject({ host: { text: 'b.test' }, port: 8443, written: 'b.test' });
    expect(() => parseUrlTarget(new URL('ftp://b.test'))).toThrow('ftp: is no scheme to request');
  });
});
