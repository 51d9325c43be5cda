/**
 * Attack: a WebSocket as a way round `methods`, or an HTTP request with the invented method WEBSOCKET.
 * Defence: WEBSOCKET is the method of ws: and wss: URLs, and of nothing else.
 */
import { expect, test } from 'vitest';
import { ArgumentError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const root = Capability.root(Grants.parse({ allowNet: ['a.example'] }));
const ask = (method: string, url: string) => ({ operation: 'fetch', method, url: new URL(url) });

test('methods exclude WebSocket unless it is listed', () => {
  const reader = root.narrow(['*'], { methods: ['GET'] });
  expect(() => reader.permitRequest(ask('WEBSOCKET', 'wss://a.example/'))).toThrow(HostNotAllowedError);
  expect(() => reader.permitRequest(ask('GET', 'wss://a.example/'))).toThrow(ArgumentError);
  const both = root.narrow(['*'], { methods: ['GET', 'WEBSOCKET'] });
  expect(() => both.permitRequest(ask('WEBSOCKET', 'wss://a.example/'))).not.toThrow();
  expect(() => both.permitRequest(ask('WEBSOCKET', 'https://a.example/'))).toThrow(ArgumentError);
});

test.each(['CONNECT', 'TRACE', 'TRACK', 'connect', 'Trace'])('%s is sent by nobody', (method) => {
  expect(() => root.permitRequest(ask(method, 'http://a.example/'))).toThrow(ArgumentError);
  expect(() => root.narrow(['*'], { methods: [method] })).toThrow(ArgumentError);
});
