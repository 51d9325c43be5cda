import { describe, expect, test } from 'vitest';
import type { RuleUse } from './rule.ts';
import { parseRule } from './syntax.ts';

/** The canonical text, or the reason and the hint. */
function read(raw: string, use: RuleUse = 'connect'): string | readonly [string, string | null] {
  const rule = parseRule(raw, use);
  return 'refused' in rule ? [rule.refused, rule.hint] : rule.text;
}

describe('rules to connect', () => {
  test.each([
    ['example.com', 'example.com'],
    ['  example.com ', 'example.com'],
    ['EXAMPLE.com.', 'example.com'],
    ['example.com:443', 'example.com:443'],
    ['example.com:*', 'example.com'],
    ['example.com:1-65535', 'example.com'],
    ['example.com:8000-8100', 'example.com:8000-8100'],
    ['example.com:443-443', 'example.com:443'],
    ['example.com:65535', 'example.com:65535'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*', '*'],
    ['*:443', '*:443'],
    ['*.example.com', '*.example.com'],
    ['*.Bücher.example:443', '*.xn--bcher-kva.example:443'],
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['10.0.0.11/24', '10.0.0.0/24'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0/8:443', '10.0.0.0/8:443'],
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['[::1]:443', '[::1]:443'],
    ['[0:0:0:0:0:0:0:1]:443', '[::1]:443'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['[::ffff:10.0.0.1]:80', '10.0.0.1:80'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['[2001:db8::/32]', '2001:db8::/32'],
    ['[2001:db8::/32]:443', '[2001:db8::/32]:443'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['2001:db8::1:5', '[2001:db8::1:5]'],
    ['localhost', 'localhost'],
    ['tcp', 'tcp'],
    ['https:443', 'https:443'],
    ['__proto__:80', '__proto__:80'],
  ])('%s', (raw, text) => {
    expect(read(raw)).toBe(text);
    expect(read(text)).toBe(text);
  });
});

describe('deny rules', () => {
  test.each([
    ['private', 'private'],
    ['PRIVATE', 'private'],
    ['loopback:80', 'loopback:80'],
    ['link-local', 'link-local'],
    ['metadata:80-90', 'metadata:80-90'],
    ['special', 'special'],
    ['example.com', 'example.com'],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('%s', (raw, text) => {
    expect(read(raw, 'deny')).toBe(text);
  });
});

describe('rules to listen', () => {
  test.each([
    ['8080', '8080'],
    ['*:8080', '8080'],
    ['8000-8100', '8000-8100'],
    ['0', '0'],
    ['*', '*'],
    ['*:*', '*'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['localhost:*', 'localhost:*'],
    ['localhost:1-65535', 'localhost:1-65535'],
    ['[::1]:8080', '[::1]:8080'],
    ['[::]:*', '[::]:*'],
    ['10.0.0.0/8:80', '10.0.0.0/8:80'],
    ['[fd00::/8]:80', '[fd00::/8]:80'],
  ])('%s', (raw, text) => {
    expect(read(raw, 'listen')).toBe(text);
    expect(read(text, 'listen')).toBe(text);
  });

  test.each([
    ['127.0.0.1', /names no port/, /127\.0\.0\.1:8080.*127\.0\.0\.1:0/],
    ['::1', /names no port/, /\[::1\]:8080/],
    ['::1:80', /without brackets/, /\[::1\]:80/],
    ['0-10', /out of range/, /0 alone/],
    ['65536', /out of range/, /65535/],
    ['9-8', /backwards/, /8-9/],
    ['-', /no number/, /443/],
    ['private:80', /sets are for deny rules/, /--deny-net=private/],
    ['', /empty/, /comma/],
  ])('%j is refused', (raw, reason, hint) => {
    const found = read(raw, 'listen');
    expect(found[0]).toMatch(reason);
    expect(found[1]).toMatch(hint);
  });
});

describe('what is refused, why, and what to write instead', () => {
  const longHost = `${'a'.repeat(64)}.example`;
  test.each([
    ['', /is empty/, /comma/],
    ['   ', /is empty/, /comma/],
    ['https://x', /is a URL/, /^write x:443$/],
    ['HTTP://x/y?z', /is a URL/, /^write x:80$/],
    ['wss://x:8443/', /is a URL/, /^write x:8443$/],
    ['ftp://x', /is a URL/, /^write x/],
    ['https://', /is a URL/, /host/],
    ['https:x', /scheme/, null],
    ['mailto:someone', /scheme/, null],
    ['tcp:x:80', /scheme/, null],
    ['//x', /path/, null],
    ['x/', /path/, null],
    ['x/y', /path/, null],
    ['x/8', /path/, null],
    ['x:443/y', /path/, null],
    ['x\\y', /path/, null],
    ['x#y', /path/, null],
    ['x?y', /neither a query nor a glob/, /\*\./],
    ['user@x', /user information/, /@/],
    ['u:p@x', /user information/, /@/],
    ['x:0', /out of range/, /1 to 65535/],
    ['x:65536', /out of range/, /1 to 65535/],
    ['x:99999999999999999999', /out of range/, /1 to 65535/],
    ['x:1-65536', /out of range/, /1 to 65535/],
    ['x:0-9', /out of range/, /1 to 65535/],
    ['x:9-8', /runs backwards/, /^write 8-9$/],
    ['x:', /without a port/, /drop the colon/],
    ['x:+80', /no number/, /443/],
    ['x:-80', /no number/, /443/],
    ['x:80-', /no number/, /443/],
    ['x:0x50', /no number/, /443/],
    ['x:8e1', /no number/, /443/],
    ['x:８０', /no number/, /443/],
    ['x:080', /leading zeros/, /decimal/],
    ['x:80,', /no number/, /443/],
    ['*x', /neither the whole host/, /\*\.example\.com/],
    ['a*.b', /neither the whole host/, /\*\.example\.com/],
    ['a.*.b', /neither the whole host/, /\*\.example\.com/],
    ['**', /neither the whole host/, /\*\.example\.com/],
    ['*.*.b', /neither the whole host/, /\*\.example\.com/],
    ['*.', /no host name/, /labels/],
    ['{a,b}.c', /glob/, /\*\.example\.com/],
    ['!a', /glob/, /\*\.example\.com/],
    ['[a-z].b', /brackets/, /drop/],
    ['::1:443', /without brackets/, /\[::1\]:443 for the port, or \[::1:443\] for the address/],
    ['2001:db8::1:8443', /without brackets/, /\[2001:db8::1\]:8443/],
    ['1:2:3:4:5:6:7:8:443', /without brackets/, /^write \[1:2:3:4:5:6:7:8\]:443 for the port$/],
    ['::1:*', /without brackets/, /\[::1\]:\*/],
    ['::1:80-90', /without brackets/, /\[::1\]:80-90/],
    ['2001:db8::/32:443', /without brackets/, /\[2001:db8::\/32\]:443/],
    ['::ffff:1.2.3.4:80', /without brackets/, /\[::ffff:1\.2\.3\.4\]:80/],
    ['a:b:c', /neither an IPv6 address/, null],
    ['10.0.0.0/33', /prefix length/, /\/32/],
    ['10.0.0.0/', /prefix length/, /\/32/],
    ['10.0.0.0/08', /prefix length/, /\/32/],
    ['10.0.0.0/+8', /prefix length/, /\/32/],
    ['10.0.0.0/8/8', /prefix length/, /\/32/],
    ['10.0.0.0/255.0.0.0', /prefix length/, /\/32/],
    ['::/129', /prefix length/, /\/128/],
    ['[::1]/128', /outside the brackets/, /^write \[::1\/128\]$/],
    ['010.1', /octal, hex, short/, /8\.0\.0\.1/],
    ['0x7f.1', /octal, hex, short/, /127\.0\.0\.1/],
    ['0177.0.0.1:80', /octal, hex, short/, /127\.0\.0\.1/],
    ['2130706433', /octal, hex, short/, /127\.0\.0\.1/],
    ['127.1', /octal, hex, short/, /127\.0\.0\.1/],
    ['127.0.0.1.', /octal, hex, short/, /127\.0\.0\.1/],
    ['１２７.0.0.1', /octal, hex, short/, /127\.0\.0\.1/],
    ['010.0.0.0/8', /octal, hex, short/, /8\.0\.0\.0/],
    ['1.2.3.256', /no IPv4 address/, null],
    ['1.2.3.4.5', /no IPv4 address/, null],
    ['8080', /ports and no host/, /^write \*:8080/],
    ['8000-8100', /ports and no host/, /^write \*:8000-8100/],
    ['8000-8100.', /ports and no host/, /^write \*:8000-8100/],
    ['８０-90', /ports and no host/, /^write \*:80-90/],
    ['fe80::1%eth0', /zone id/, /without its interface/],
    ['[fe80::1%25eth0]:80', /zone id/, /without its interface/],
    ['exam%70le.com', /percent-encoded/, /as it is/],
    ['*.10.0.0.1', /wildcard below an address/, /10\.0\.0\.0\/8/],
    ['*.1', /wildcard below an address/, /network/],
    ['*.10.0.0.0/8', /wildcard below an address/, /network/],
    ['*.[::1]', /brackets/, null],
    ['[example.com]', /brackets/, /drop/],
    ['[10.0.0.1]:80', /brackets/, /drop/],
    ['[::1', /bracket/, null],
    ['::1]', /brackets/, null],
    ['[::1]80', /after the bracket/, null],
    ['[x::y]', /neither an IPv6 address/, null],
    ['private', /sets are for deny rules/, /--deny-net=private/],
    ['Private.:443', /sets are for deny rules/, /--deny-net=private/],
    ['a b', /white space/, null],
    ['a\tb', /white space/, null],
    ['\ta', /white space/, null],
    ['a\n', /white space/, null],
    ['a\0b', /control character/, null],
    ['a\u00a0b', /white space/, null],
    ['a\ufeff', /white space/, null],
    ['a..b', /no host name/, /labels/],
    ['.example.com', /begins with a dot/, /^write \*\.example\.com/],
    [longHost, /no host name/, /63/],
    [`${'a.'.repeat(127)}a`, /no host name/, /253/],
    ['a\u202eb', /no host name/, /labels/],
    ['xn--a', /no host name/, /labels/],
    ['x'.repeat(1025), /longer than 1024/, null],
  ])('%j', (raw, reason, hint) => {
    const found = read(raw);
    expect(found[0]).toMatch(reason);
    if (hint === null) expect(typeof found).toBe('object');
    else expect(found[1]).toMatch(hint);
    expect(typeof read(raw, 'deny')).toBe(/^private/i.test(raw) ? 'string' : 'object');
  });
});
