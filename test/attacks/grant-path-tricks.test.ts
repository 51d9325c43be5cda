/**
 * Attack: a path that matches a pattern as it is written and that a server reads as another one: encoded or doubly encoded
 * dots and slashes, path parameters, backslashes, NUL, overlong UTF-8.
 * Defence: such paths are refused; any other is sent exactly as it was matched.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const capability = Capability.root(Grants.parse({ allowNet: ['api.example'] })).narrow(['*'], {
  paths: ['/v1/*', '/health'],
});

function path(text: string): string {
  return capability.permitRequest({ operation: 'fetch', method: 'GET', url: new URL(`https://api.example${text}`) })
    .path;
}

test.each([
  '/v1/../admin',
  '/v1/%2e%2e/admin',
  '/v1/%2E./admin',
  '/v1/..;/admin',
  '/v1/..;x=y/admin',
  '/v1/..%3b/admin',
  '/v1/.%2e%3Bx/admin',
  '/v1/..%2fadmin',
  '/v1/..%2Fadmin',
  '/v1/%2e%2e%2fadmin',
  '/v1/..%5cadmin',
  '/v1/..\\admin',
  '/v1\\..\\admin',
  '/v1/%252e%252e/admin',
  '/v1/..%252fadmin',
  '/v1/%c0%ae%c0%ae/admin',
  '/v1/%e0%80%ae./admin',
  '/v1/%u002e%u002e/admin',
  '/v1/..%00/admin',
  '/v1/x%00.json',
  '/v1/..%20/admin',
  '/v1/..%09/admin',
  '/v1/%',
  '/v1',
  '/V1/x',
  '//v1/x',
  '/health/',
  '/health;x',
])('%s', (text) => {
  expect(() => path(text)).toThrow(HostNotAllowedError);
});

test('what is sent is what was matched, not what was written', () => {
  expect(path('/v1/%61%2Db/%e2%82%ac')).toBe('/v1/a-b/%E2%82%AC');
  expect(path('/v1/a/../b')).toBe('/v1/b');
  expect(path('/v1/a;b=c')).toBe('/v1/a;b=c');
});

test('a query says nothing of the path', () => {
  expect(() => path('/admin?/v1/')).toThrow(HostNotAllowedError);
  expect(path('/health?x=/../%2f')).toBe('/health');
});
