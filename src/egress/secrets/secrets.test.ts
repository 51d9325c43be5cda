import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseHost } from '../../net/address/host.ts';
import { openSqlite } from '../state/sqlite/sqlite.ts';
import { type KeySource, keySource } from './key.ts';
import { seal, unseal } from './seal.ts';
import { Secrets } from './secrets.ts';

const KEY = new Uint8Array(32).fill(1);

function keyOf(byte: number): KeySource {
  return keySource({ CASPIAN_EGRESS_KEY: Buffer.alloc(32, byte).toString('hex') }, 'none');
}

const ROW = { name: 'KEY', app: 'a', scope: '{}' };

describe('sealing', () => {
  test('a value comes back with its key, name, app and scope, and with nothing else', () => {
    const sealed = seal(KEY, 'sk_live_ü', ROW);
    expect(unseal(KEY, sealed, ROW)).toBe('sk_live_ü');
    expect(unseal(new Uint8Array(32).fill(2), sealed, ROW)).toBeNull();
    for (const other of [{ name: 'OTHER' }, { app: 'b' }, { app: null }, { scope: '[]' }]) {
      expect(unseal(KEY, sealed, { ...ROW, ...other })).toBeNull();
    }
  });

  test('a changed byte anywhere is noticed', () => {
    const sealed = seal(KEY, 'value', ROW);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unseal(KEY, changed, ROW)).toBeNull();
    }
    expect(unseal(KEY, sealed.subarray(0, 20), ROW)).toBeNull();
  });

  test('the same value is sealed differently each time', () => {
    expect(seal(KEY, 'value', ROW)).not.toEqual(seal(KEY, 'value', ROW));
  });
});

describe('the key', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'egress-key-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('comes from the environment, in hex or base64', () => {
    const hex = Buffer.from(KEY).toString('hex');
    expect(Buffer.from(keySource({ CASPIAN_EGRESS_KEY: hex }, 'made').read())).toEqual(Buffer.from(KEY));
    const base64 = Buffer.from(KEY).toString('base64');
    expect(Buffer.from(keySource({ CASPIAN_EGRESS_KEY: base64 }, 'made').read())).toEqual(Buffer.from(KEY));
    expect(keySource({ CASPIAN_EGRESS_KEY: 'short' }, 'made').read).toThrow(/must hold 32 bytes/);
  });

  test('is made once in a file that its owner alone may read', () => {
    const file = join(folder, 'egress.key');
    const key = keySource({}, { file }).make();
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(keySource({}, { file }).make())).toEqual(Buffer.from(key));
    expect(Buffer.from(keySource({}, { file }).read())).toEqual(Buffer.from(key));
  });

  test('is waited for where another process has made the file and not written it yet', async () => {
    const file = join(folder, 'egress.key');
    writeFileSync(file, '', { mode: 0o600 });
    const text = Buffer.from(KEY).toString('base64');
    const writer = spawn('sh', ['-c', 'sleep 0.05; printf %s "$1" > "$2"', 'sh', text, file]);
    expect(Buffer.from(keySource({}, { file }).make())).toEqual(Buffer.from(KEY));
    await once(writer, 'exit');
    writeFileSync(file, '');
    expect(keySource({}, { file }).make).toThrow(/must hold 32 bytes/);
  });

  test('is not made for what is sealed already: a file that is missing is named', () => {
    const file = join(folder, 'egress.key');
    expect(keySource({}, { file }).read).toThrow(`the key file ${file} is missing, and CASPIAN_EGRESS_KEY is not set`);
    expect(existsSync(file)).toBe(false);
  });

  test('in a file that others may read is refused', () => {
    const file = join(folder, 'egress.key');
    writeFileSync(file, Buffer.from(KEY).toString('base64'), { mode: 0o644 });
    expect(keySource({}, { file }).read).toThrow(/can be read by others/);
    expect(readFileSync(file, 'utf8')).toBe(Buffer.from(KEY).toString('base64'));
  });
});

describe('the secrets of a host', () => {
  function setUp() {
    let now = 1_000;
    const state = openSqlite(':memory:');
    const secrets = new Secrets(state.secrets, keyOf(1), () => now);
    return {
      secrets,
      state,
      later: (ms: number) => {
        now += ms;
      },
      async open(name: string, url = 'https://api.test/v1/x', { app = 'a', method = 'GET' } = {}) {
        const { hostname, port } = new URL(url);
        const use = {
          app,
          method,
          url: new URL(url),
          host: parseHost(hostname),
          port: port === '' ? 443 : Number(port),
          letsHttp: false,
        };
        return (await secrets.book()).open(name, use).map(({ value }) => value);
      },
    };
  }

  test('are opened for their hosts', async () => {
    const { secrets, open } = setUp();
    await secrets.set('KEY', 'value', { hosts: ['api.test', '*.cdn.test'] });
    expect(await open('KEY')).toEqual(['value']);
    expect(await open('KEY', 'https://x.cdn.test/')).toEqual(['value']);
    for (const url of ['https://other.test/', 'https://api.test.evil.test/', 'https://cdn.test/']) {
      await expect(open('KEY', url)).rejects.toMatchObject({ code: 'NET_AUTH' });
    }
  });

  test('are bound to methods and paths where that was said', async () => {
    const { secrets, open } = setUp();
    await secrets.set('KEY', 'value', { hosts: ['api.test'], methods: ['GET'], paths: ['/v1/*'] });
    expect(await open('KEY')).toEqual(['value']);
    await expect(open('KEY', 'https://api.test/v1/x', { method: 'POST' })).rejects.toMatchObject({ code: 'NET_AUTH' });
    await expect(open('KEY', 'https://api.test/v2/x')).rejects.toMatchObject({ code: 'NET_AUTH' });
    await expect(open('KEY', 'https://api.test/v1/..;/v2/x')).rejects.toMatchObject({ code: 'NET_AUTH' });
  });

  test('of one app are not another’s, and the error is that of a name that nobody has', async () => {
    const { secrets, open } = setUp();
    await secrets.set('KEY', 'value', { hosts: ['api.test'] }, 'b');
    const text = async (name: string) => open(name).catch((error: Error) => error.message.replaceAll(name, 'NAME'));
    expect(await text('KEY')).toBe(await text('NOBODYS'));
    expect(await open('KEY', undefined, { app: 'b' })).toEqual(['value']);
  });

  test('of an app come before those of all', async () => {
    const { secrets, open } = setUp();
    await secrets.set('KEY', 'common', { hosts: ['api.test'] });
    await secrets.set('KEY', 'own', { hosts: ['api.test'] }, 'a');
    expect(await open('KEY')).toEqual(['own']);
    expect(await open('KEY', undefined, { app: 'b' })).toEqual(['common']);
  });

  test.each([undefined, Number.NaN, -1, '5 m', null])('rotate takes no overlap of %s', async (overlap) => {
    const { secrets, open } = setUp();
    await secrets.set('KEY', 'old', { hosts: ['api.test'] });
    const rotating: Promise<void> = Reflect.apply(secrets.rotate, secrets, ['KEY', 'new', overlap]);
    await expect(rotating).rejects.toThrow('rotate: overlap must be a number of seconds, or a duration');
    expect(await open('KEY')).toEqual(['old']);
  });

  test.each([
    [5, 5_000],
    [0.5, 500],
    ['5m', 300_000],
  ])('rotate: the old value counts for an overlap of %j, and not after', async (overlap, ms) => {
    const { secrets, open, later } = setUp();
    await secrets.set('KEY', 'old', { hosts: ['api.test'] });
    await secrets.rotate('KEY', 'new', overlap);
    later(ms - 1);
    expect(await open('KEY')).toEqual(['new', 'old']);
    later(1);
    expect(await open('KEY')).toEqual(['new']);
    await expect(secrets.rotate('NONE', 'x', 0)).rejects.toMatchObject({ code: 'ARGUMENT' });
  });

  test('sealed with another key: refused, and the name of no value told', async () => {
    const { state, open } = setUp();
    const other = new Secrets(state.secrets, keyOf(9), () => 0);
    await other.set('KEY', 'value', { hosts: ['api.test'] });
    await expect(open('KEY')).rejects.toMatchObject({
      code: 'NET_AUTH',
      message: expect.not.stringContaining('value'),
    });
  });

  test.each(['', 'a\nb', 'a\r', 'a\0', 'a\ud800', 'x'.repeat(16_385)])('a value can’t be %j', async (value) => {
    const { secrets } = setUp();
    await expect(secrets.set('KEY', value, { hosts: ['api.test'] })).rejects.toMatchObject({ code: 'ARGUMENT' });
  });

  test('need a name that is one, and hosts', async () => {
    const { secrets } = setUp();
    await expect(secrets.set('a key', 'v', { hosts: ['api.test'] })).rejects.toMatchObject({ code: 'ARGUMENT' });
    await expect(secrets.set('KEY', 'v', { hosts: [] })).rejects.toMatchObject({ code: 'ARGUMENT' });
    await expect(secrets.set('KEY', 'v', { hosts: ['https://api.test'] })).rejects.toMatchObject({
      code: 'GRANT_SYNTAX',
    });
  });

  test('are listed without their values', async () => {
    const { secrets } = setUp();
    await secrets.set('KEY', 'value', { hosts: ['api.test'] }, 'a');
    const list = await secrets.list();
    expect(list).toMatchObject([{ name: 'KEY', app: 'a', hosts: ['api.test'], overlapUntil: null }]);
    expect(JSON.stringify(list)).not.toContain('value');
  });
});
