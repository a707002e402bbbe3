import { expect, it } from 'vitest';
import { caseOf, worthOf } from './learning';

it('frozen is only said of shares that were learned', () => {
  expect(caseOf({ verdict: null, frozen: false })).toBe('unseen');
  expect(caseOf({ verdict: 'few_won', frozen: true })).toBe('few_won');
  expect(caseOf({ verdict: 'moved', frozen: false })).toBe('moved');
  expect(caseOf({ verdict: 'no_difference', frozen: true })).toBe('frozen');
});

it.each([
  [null, 'nothing'],
  [{ difference: null, margin: null }, 'nothing'],
  [{ difference: 0.02, margin: 0.03 }, 'unclear'],
  [{ difference: -0.02, margin: 0.03 }, 'unclear'],
  [{ difference: 0.04, margin: 0.03 }, 'more'],
  [{ difference: -0.04, margin: 0.03 }, 'fewer'],
] as const)('of %j it is said that learning wins %s', (compared, worth) => {
  expect(worthOf(compared)).toBe(worth);
});
