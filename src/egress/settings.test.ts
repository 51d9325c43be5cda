import { expect, test } from 'vitest';
import { checkSetting, DEFAULT_SETTINGS, SETTING_NAMES, SETTINGS, withTexts } from './settings.ts';

test('the default of each setting is read back from its text', () => {
  for (const name of SETTING_NAMES) {
    expect(withTexts(DEFAULT_SETTINGS, new Map([[name, SETTINGS[name].defaultText]]))).toEqual(DEFAULT_SETTINGS);
  }
});

test('the documented defaults', () => {
  expect(DEFAULT_SETTINGS).toMatchObject({
    mode: 'allowlist',
    app_rate: { count: 100, perMs: 60_000 },
    total_rate: { count: 500, perMs: 60_000 },
    host_rate: null,
    app_concurrency: 10,
    total_concurrency: 100,
    queue_length: 100,
    queue_wait: 1_000,
    max_request_body: 10_485_760,
    max_response_body: 5_242_880,
    max_headers: 65_536,
    connect_timeout: 5_000,
    headers_timeout: 10_000,
    timeout: 30_000,
    max_timeout: 60_000,
    max_redirects: 5,
    retries: 3,
    calls_per_run: 50,
    journal_retention: 604_800_000,
    cache_size: 104_857_600,
  });
});

test.each([
  ['app_rate', '200/min', '200/min'],
  ['host_rate', 'none', 'none'],
  ['timeout', 5, '5s'],
  ['timeout', '2', '2s'],
  ['queue_wait', '0.5', '500ms'],
  ['app_concurrency', '20', '20'],
  ['mode', 'report', 'report'],
  ['journal_sample', '0.1', '0.1'],
])('%s takes %j', (name, raw, text) => {
  expect(checkSetting(name, raw, null)).toEqual({ name, text });
});

test('what is wrong is said, and what would be right', () => {
  expect(() => checkSetting('app_rte', '1/s', null)).toThrow(
    expect.objectContaining({ hint: 'did you mean app_rate?' }),
  );
  expect(() => checkSetting('app_rate', '200', null)).toThrow(
    /app_rate must be a count and a unit, such as '60\/min', not "200"/,
  );
  expect(() => checkSetting('timeout', 'soon', null)).toThrow(/timeout must be a number of seconds/);
  expect(() => checkSetting('app_concurrency', '0', null)).toThrow(/a whole number from 1 to/);
  expect(() => checkSetting('calls_per_run', 1_000_000_000, null)).toThrow(/from 1 to 1000000, not 1000000000/);
  expect(() => checkSetting('total_rate', '1/s', 'billing')).toThrow(/holds for all apps together/);
  expect(() => checkSetting('__proto__', '1', null)).toThrow(/there is no setting/);
});

test('a text of a later version counts as not there', () => {
  const texts = new Map([
    ['timeout', 'a while'],
    ['not_yet', '1'],
  ]);
  expect(withTexts(DEFAULT_SETTINGS, texts)).toEqual(DEFAULT_SETTINGS);
});
