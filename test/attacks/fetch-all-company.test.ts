/**
 * Attack: a script hands over a long list and then asks for nothing more, so as to look as if nobody else used the loop, and
 * to take slices of it that are for who is alone.
 */
import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/errors/classes.ts';
import { systemClock } from '../../src/net/clock.ts';
import { company } from '../../src/net/company.ts';
import { FetchAll } from '../../src/net/http/fetch-all.ts';

test('each request of a list counts as asked for when it begins', async () => {
  const parts = {
    fetch: () => Promise.reject(new ArgumentError('refused')),
    clock: systemClock,
    owner: Symbol('list'),
  };
  const all = new FetchAll(parts, {}, {});
  company.note(Symbol('another'));
  expect(company.isThere).toBe(false);
  all.add(['no URL']);
  expect(company.isThere).toBe(true);
  all.close();
});
