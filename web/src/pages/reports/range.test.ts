import { expect, it } from 'vitest';
import { length, list, ownProblem, rangeOf } from './range';

const TODAY = '2026-11-22';

it.each([
  ['today', '2026-11-22', '2026-11-22', '2026-11-21', '2026-11-21'],
  ['7', '2026-11-16', '2026-11-22', '2026-11-09', '2026-11-15'],
  ['30', '2026-10-24', '2026-11-22', '2026-09-24', '2026-10-23'],
  ['90', '2026-08-25', '2026-11-22', '2026-05-27', '2026-08-24'],
  ['month', '2026-11-01', '2026-11-22', '2026-10-01', '2026-10-22'],
  ['last_month', '2026-10-01', '2026-10-31', '2026-09-01', '2026-09-30'],
])('the period %s is %s to %s, compared with %s to %s', (period, from, to, beforeFrom, beforeTo) => {
  expect(rangeOf({ period }, TODAY)).toEqual({ period, from, to, before: { from: beforeFrom, to: beforeTo } });
});

it('a month so far is not compared with more days than the month before had', () => {
  expect(rangeOf({ period: 'month' }, '2027-03-31').before).toEqual({ from: '2027-02-01', to: '2027-02-28' });
});

it('last month is found over a new year', () => {
  const range = rangeOf({ period: 'last_month' }, '2027-01-31');
  expect([range.from, range.to, range.before.from]).toEqual(['2026-12-01', '2026-12-31', '2026-11-01']);
});

it('days of one’s own are compared with as many before', () => {
  expect(rangeOf({ from: '2026-11-01', to: '2026-11-10', period: '7' }, TODAY)).toEqual({
    period: 'own',
    from: '2026-11-01',
    to: '2026-11-10',
    before: { from: '2026-10-22', to: '2026-10-31' },
  });
});

it.each([
  [{ from: '', to: '' }, 'missing'],
  [{ from: '2026-11-22', to: 'soon' }, 'missing'],
  [{ from: '2026-02-30', to: '2026-03-01' }, 'missing'],
  [{ from: '2026-11-22', to: '2026-11-21' }, 'order'],
  [{ from: '2025-10-18', to: '2026-11-22' }, 'long'],
  [{ from: '2025-10-19', to: '2026-11-22' }, null],
  [{ from: '2026-11-20', to: '2026-11-20' }, null],
] as const)('%j as a range of one’s own: %s', (days, problem) => {
  expect(ownProblem(days)).toBe(problem);
  expect(rangeOf(days, TODAY).period).toBe(problem ? '30' : 'own');
});

it('today is today, however it is said', () => {
  expect(rangeOf({ from: TODAY, to: TODAY }, TODAY)).toEqual(rangeOf({ period: 'today' }, TODAY));
  expect(rangeOf({ from: '2026-11-21', to: '2026-11-21' }, TODAY).period).toBe('own');
});

it('what is no period is the last 30 days', () => {
  expect(rangeOf({ period: 'century' }, TODAY)).toEqual(rangeOf({ period: '30' }, TODAY));
});

it('days are counted over a change of the clocks', () => {
  expect(length({ from: '2026-03-28', to: '2026-03-30' })).toBe(3);
  expect(list({ from: '2026-02-27', to: '2026-03-01' })).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
});
