import { expect, test } from 'vitest';
import { ManualClock } from '../../test/helpers/tcp-clock.ts';
import { Company } from './company.ts';

const [one, other] = [Symbol('one'), Symbol('other')];

test('one owner is alone, however often it asks', () => {
  const company = new Company(new ManualClock());
  for (let time = 0; time < 3; time++) company.note(one);
  expect(company.isThere).toBe(false);
});

test('two are company for as long as they take turns, and a little longer', () => {
  const clock = new ManualClock();
  const company = new Company(clock);
  for (const owner of [one, other, one, other]) {
    clock.advance(90);
    company.note(owner);
  }
  clock.advance(90);
  expect(company.isThere).toBe(true);
  company.note(other);
  clock.advance(20);
  expect(company.isThere).toBe(false);
});
