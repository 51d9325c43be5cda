/**
 * Attack: an array or object that answers differently the second time it is read, once for the check and once for use.
 * Defence: every value is read once, and what was read is what is used.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

/** A list whose element is a harmless rule when it is first read and `*` ever after. */
function changing(first: string): readonly string[] {
  let reads = 0;
  const list: string[] = [];
  Object.defineProperty(list, 0, { enumerable: true, get: () => (reads++ === 0 ? first : '*') });
  return list;
}

test('rules', () => {
  const grants = Grants.parse({ allowNet: true }).narrow(changing('a.example'));
  expect(() => grants.checkConnect('b.example', 80)).toThrow(HostNotAllowedError);
  expect(() => Grants.parse({ allowNet: changing('a.example') }).checkConnect('b.example', 80)).toThrow(
    HostNotAllowedError,
  );
});

test('options', () => {
  let reads = 0;
  const options = {
    get deny() {
      return reads++ === 0 ? ['b.example'] : [];
    },
  };
  const grants = Grants.parse({ allowNet: true }).narrow(['*'], options);
  expect(() => grants.checkConnect('b.example', 80)).toThrow(HostNotAllowedError);
  expect(reads).toBe(1);
});

test('a list that is changed afterwards changes nothing', () => {
  const rules = ['a.example'];
  const deny = ['c.example'];
  const grants = Grants.parse({ allowNet: rules, denyNet: deny });
  rules[0] = '*';
  deny.length = 0;
  expect(() => grants.checkConnect('b.example', 80)).toThrow(HostNotAllowedError);
  const format = grants.format();
  (format.allowNet as string[]).push('*');
  expect(() => grants.checkConnect('b.example', 80)).toThrow(HostNotAllowedError);
});
