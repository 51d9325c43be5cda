/**
 * Attack: hosts and option names that are keys of every object (`__proto__`, `constructor`), so that a look-up in a plain
 * object finds something.
 * Defence: rules are kept in Maps, options are looked up as own keys.
 */
import { expect, test } from 'vitest';
import { ArgumentError, GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const KEYS = ['__proto__', 'constructor', 'toString', 'hasownproperty', 'valueof', '__definegetter__', 'prototype'];

test.each(KEYS)('%s is a host like any other', (host) => {
  const none = Grants.parse({ allowNet: ['a.example'] });
  expect(() => none.checkConnect(host, 80)).toThrow(HostNotAllowedError);
  expect(() => none.checkConnect(`x.${host}`, 80)).toThrow(HostNotAllowedError);
  const one = Grants.parse({ allowNet: [host] });
  expect(() => one.checkConnect(host, 80)).not.toThrow();
  for (const other of KEYS)
    if (other.toLowerCase() !== host.toLowerCase())
      expect(() => one.checkConnect(other, 80)).toThrow(HostNotAllowedError);
});

test.each(KEYS)('%s is no option and no flag', (key) => {
  const object = JSON.parse(`{"${key}": ["*"]}`);
  expect(() => Grants.parse({ allowNet: true }).narrow(['*'], object)).toThrow(ArgumentError);
  expect(() => Grants.parse(object)).toThrow(GrantSyntaxError);
});

test('what stands on a prototype is not taken for an option', () => {
  const grants = Grants.parse(Object.create({ allowNet: true }));
  const options = Object.create({ listen: ['*'] });
  expect(() => Grants.parse({ allowListen: true }).narrow([], options).checkListen('::', 80)).toThrow(
    HostNotAllowedError,
  );
  expect(() => grants.checkConnect('a.example', 80)).toThrow(HostNotAllowedError);
});
