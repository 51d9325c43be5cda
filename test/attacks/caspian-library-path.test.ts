/** URLs that climb, or that are spelt like a role, never reach the host's library loader. */
import { expect, test } from 'vitest';
import { runScript } from '../helpers/golden-run.ts';

test.each([
  '../secret',
  'host/../secret',
  'host/../../etc/passwd',
  'host/./x',
  'host/.hidden',
  'host//x',
  'host/',
  'host',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://host/x',
  'https://https://host/x',
  'host/x?y=1',
  'host/x#y',
  'host/x%2e%2e/y',
  'host\\\\x/y',
  'user',
  'user@host/x',
  'HOST /x',
  'host/x\\0.casp',
  'ho st/x',
  '',
  '-/x',
  `${'a/'.repeat(400)}b`,
])('%s', (url) => {
  const asked: string[] = [];
  const loadLibrary = (wanted: string) => {
    asked.push(wanted);
    return "'loaded'";
  };
  const { outcome } = runScript(`%puck["${url}"]`, { host: { loadLibrary } });
  expect(asked).toEqual([]);
  expect(outcome.ok).toBe(false);
});

test('one library has one role, however its URL is written', () => {
  const asked: string[] = [];
  const loadLibrary = (wanted: string) => {
    asked.push(wanted);
    return '%role';
  };
  const source = `[%puck['https://Lib.org/x'], %puck['lib.org/x'], %['LIB.ORG/x']]`;
  const { outcome } = runScript(source, { host: { loadLibrary } });
  expect(outcome).toMatchObject({ ok: true, value: ['lib.org/x', 'lib.org/x', 'lib.org/x'] });
  expect(asked).toEqual(['lib.org/x']);
});
