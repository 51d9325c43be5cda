import { expect, test } from 'vitest';
import { readRedisUrl } from './place.ts';

const PLAIN = {
  host: '127.0.0.1',
  port: 6379,
  tls: null,
  username: null,
  password: null,
  database: 0,
  prefix: 'caspian-net',
};

test.each([
  ['redis://127.0.0.1', {}],
  ['valkey://127.0.0.1/', {}],
  ['redis://127.0.0.1:7000/3', { port: 7000, database: 3 }],
  ['rediss://redis.test', { host: 'redis.test', tls: { ca: null, cert: null } }],
  ['valkeys://redis.test', { host: 'redis.test', tls: { ca: null, cert: null } }],
  [
    'rediss://redis.test?ca=/etc/ca.pem&cert=me.pem',
    { host: 'redis.test', tls: { ca: '/etc/ca.pem', cert: 'me.pem' } },
  ],
  ['redis://[::1]', { host: '::1' }],
  ['redis://:p%40ss@127.0.0.1', { password: 'p@ss' }],
  ['redis://me:pw@127.0.0.1?prefix=one.two-3', { username: 'me', password: 'pw', prefix: 'one.two-3' }],
])('%s', (url, more) => {
  expect(readRedisUrl(url)).toEqual({ ...PLAIN, ...more });
});

test.each([
  'http://127.0.0.1',
  'redis:',
  'redis://',
  'redis://127.0.0.1/name',
  'redis://127.0.0.1/0/1',
  'redis://127.0.0.1?prefix=',
  'redis://127.0.0.1?prefix=a%20b',
  'redis://127.0.0.1?db=1',
  'redis://127.0.0.1?ca=/etc/ca.pem',
  'rediss://127.0.0.1?ca=',
  'rediss://127.0.0.1?cert=',
  'redis://127.0.0.1#1',
  'redis://:%zz@127.0.0.1',
])('%s is no place', (url) => {
  expect(readRedisUrl(url)).toBeNull();
});
