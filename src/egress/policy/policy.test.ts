import { describe, expect, test } from 'vitest';
import { parseHost } from '../../net/address/host.ts';
import { type Entry, type EntryOptions, readEntry } from './entry.ts';
import { Policy, type SettingText } from './policy.ts';

function allow(rule: string, options: EntryOptions = {}, app: string | null = null): Entry {
  return readEntry('allow', app, rule, options);
}

function deny(rule: string, app: string | null = null): Entry {
  return readEntry('deny', app, rule);
}

function decide(entries: readonly Entry[], url: string, { app = 'a', settings = [] as readonly SettingText[] } = {}) {
  const { hostname, protocol, port } = new URL(url);
  const plain = protocol === 'http:';
  return new Policy(entries, settings).decide({
    app,
    host: parseHost(hostname),
    port: port === '' ? (plain ? 80 : 443) : Number(port),
    plain,
  });
}

describe('an allowlist', () => {
  test.each([
    [[], 'https://x.test/', 'no_entry'],
    [[allow('x.test')], 'https://x.test/', null],
    [[allow('x.test')], 'https://sub.x.test/', 'no_entry'],
    [[allow('*.x.test')], 'https://sub.x.test/', null],
    [[allow('*.x.test')], 'https://x.test/', 'no_entry'],
    [[allow('x.test')], 'https://x.test:8443/', 'port'],
    [[allow('x.test:8443')], 'https://x.test:8443/', null],
    [[allow('x.test:8443')], 'https://x.test/', 'port'],
    [[allow('x.test:*')], 'https://x.test:8443/', null],
    [[allow('x.test')], 'http://x.test/', 'http'],
    [[allow('x.test', { httpsOnly: false })], 'http://x.test/', null],
    [[allow('x.test', { httpsOnly: false })], 'https://x.test/', null],
    [[allow('x.test', { httpsOnly: false })], 'http://x.test:8080/', 'port'],
    [[allow('x.test:8080')], 'http://x.test:8080/', 'http'],
    [[allow('*')], 'https://anything.test/', null],
    [[allow('*')], 'https://203.0.113.9/', 'literal'],
    [[allow('*')], 'https://[2001:db8::1]/', 'literal'],
    [[allow('*')], 'https://0x7f.1/', 'literal'],
    [[allow('x.test'), deny('x.test')], 'https://x.test/', 'denied'],
    [[allow('x.test'), deny('*.test')], 'https://x.test/', 'denied'],
    [[allow('x.test:*'), deny('x.test:25')], 'https://x.test:25/', 'denied'],
    [[allow('x.test:*'), deny('x.test:25')], 'https://x.test/', null],
  ])('%# %s', (entries, url, refusal) => {
    expect(decide(entries, url).refusal).toBe(refusal);
  });
});

describe('an app', () => {
  test('has its own entry before the one for all', () => {
    const entries = [allow('x.test', { burst: 1 }), allow('x.test', { burst: 2 }, 'a')];
    expect(decide(entries, 'https://x.test/').entry?.burst).toBe(2);
    expect(decide(entries, 'https://x.test/', { app: 'b' }).entry?.burst).toBe(1);
  });

  test('does not see the entries of another', () => {
    expect(decide([allow('x.test', {}, 'b')], 'https://x.test/').refusal).toBe('no_entry');
  });

  test('can’t allow itself what is denied to all', () => {
    expect(decide([deny('x.test'), allow('x.test', {}, 'a')], 'https://x.test/').refusal).toBe('denied');
  });

  test('may have a mode of its own', () => {
    const settings = [{ app: 'a', name: 'mode', text: 'denylist' }];
    expect(decide([], 'https://x.test/', { settings }).refusal).toBeNull();
    expect(decide([], 'https://x.test/', { app: 'b', settings }).refusal).toBe('no_entry');
  });
});

describe('modes', () => {
  const mode = (text: string) => ({ settings: [{ app: null, name: 'mode', text }] });

  test('a denylist lets all but what is denied, over https', () => {
    expect(decide([deny('x.test')], 'https://y.test/', mode('denylist')).refusal).toBeNull();
    expect(decide([deny('x.test')], 'https://x.test/', mode('denylist')).refusal).toBe('denied');
    expect(decide([], 'http://y.test/', mode('denylist')).refusal).toBe('http');
    expect(decide([], 'https://y.test:8443/', mode('denylist')).refusal).toBeNull();
  });

  test('open lets what is denied too, and still no address', () => {
    expect(decide([deny('x.test')], 'https://x.test/', mode('open')).refusal).toBeNull();
    expect(decide([], 'https://10.0.0.1/', mode('open')).refusal).toBe('literal');
  });

  test('report decides as an allowlist and lets through, but no address', () => {
    expect(decide([], 'https://x.test/', mode('report'))).toMatchObject({ refusal: null, reported: 'no_entry' });
    expect(decide([deny('x.test')], 'https://x.test/', mode('report'))).toMatchObject({
      refusal: null,
      reported: 'denied',
    });
    expect(decide([allow('x.test')], 'https://x.test/', mode('report'))).toMatchObject({
      refusal: null,
      reported: null,
    });
    expect(decide([], 'https://10.0.0.1/', mode('report')).refusal).toBe('literal');
  });
});

test('the rule that decided is told as the operator knows it', () => {
  expect(decide([allow('X.test', {}, 'a')], 'https://x.test/').rule).toBe('allow x.test (app a)');
  expect(decide([deny('*.test')], 'https://x.test/').rule).toBe('deny *.test');
  expect(decide([allow('x.test')], 'https://x.test:1/').rule).toBe('allow x.test');
});

describe('an entry', () => {
  test.each(['10.0.0.1', '10.0.0.0/8', '[::1]:443', 'https://x.test', 'x.test/path', '', 'a.test,b.test', 'private'])(
    'is not for %j',
    (rule) => {
      expect(() => allow(rule)).toThrow(expect.objectContaining({ code: 'GRANT_SYNTAX' }));
    },
  );

  test('refuses an unknown option by name', () => {
    expect(() => readEntry('allow', null, 'x.test', { httpOnly: true })).toThrow(
      expect.objectContaining({ code: 'ARGUMENT', hint: 'did you mean httpsOnly?' }),
    );
  });

  test('opens addresses, not names', () => {
    expect(allow('x.test', { allowAddresses: ['10.0.0.0/8', '::1'] }).allowed.rules).toHaveLength(2);
    expect(() => allow('x.test', { allowAddresses: ['y.test'] })).toThrow(/takes addresses and networks/);
  });
});
