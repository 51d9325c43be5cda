import { describe, expect, it } from 'vitest';
import { SpinBudget, SpinCredit } from './spin.ts';

function budgetAfter(waits: readonly number[]): SpinBudget {
  const budget = new SpinBudget({ enabled: true });
  for (const wait of waits) budget.waited(wait, 'slept');
  return budget;
}

const many = (wait: number): number[] => Array.from({ length: 50 }, () => wait);

describe('the spin budget', () => {
  it('is nothing where there is one CPU', () => {
    expect(new SpinBudget({ enabled: false }).next()).toBe(0);
  });

  it('covers waits that are short, and is bounded', () => {
    expect(budgetAfter(many(0.0003)).next()).toBeGreaterThan(0.005);
    expect(budgetAfter(many(0.02)).next()).toBeGreaterThan(0.02);
    expect(budgetAfter(many(0.029)).next()).toBeLessThanOrEqual(0.05);
  });

  it('is nothing for waits that are long, but for a probe now and then', () => {
    const budget = budgetAfter(many(5));
    const spins = Array.from({ length: 640 }, () => budget.next());
    expect(spins.filter((spin) => spin > 0)).toHaveLength(10);
  });

  it('believes a probe that saw what it looked for', () => {
    const budget = budgetAfter(many(5));
    expect(budget.next()).toBe(0);
    budget.waited(0.001, 'seen');
    expect(budget.next()).toBeGreaterThan(0.01);
  });

  it('forgets one long wait soon', () => {
    const budget = budgetAfter([...many(0.01), 30_000]);
    expect(budget.next()).toBe(0);
    for (let wait = 0; wait < 5; wait++) budget.waited(0.01, 'slept');
    expect(budget.next()).toBe(0);
    for (let wait = 0; wait < 12; wait++) budget.waited(0.01, 'slept');
    expect(budget.next()).toBeGreaterThan(0.01);
  });
});

describe('the spin credit', () => {
  const looks = (credit: SpinCredit, count: number, how: 'hit' | 'miss'): number => {
    let looked = 0;
    for (let turn = 0; turn < count; turn++) {
      if (credit.begin()) looked++;
      credit.end(how);
    }
    return looked;
  };

  it('looks as long as that pays', () => {
    expect(looks(new SpinCredit(), 500, 'hit')).toBe(500);
  });

  it('gives up where it never pays, but for a try now and then', () => {
    const credit = new SpinCredit();
    expect(looks(credit, 50, 'miss')).toBe(50);
    expect(looks(credit, 640, 'miss')).toBe(20);
  });

  it('begins again when a try has paid', () => {
    const credit = new SpinCredit();
    looks(credit, 500, 'miss');
    expect(looks(credit, 320, 'hit')).toBeGreaterThan(250);
  });
});
