import { describe, expect, it } from 'vitest';
import { daysLeft, firstEnd } from './deadline';

describe('by when a hold has to be mended', () => {
  it.each([
    [[], null],
    [['2026-11-29T10:00:00.000Z', '2026-11-28T23:00:00.000Z'], '2026-11-28T23:00:00.000Z'],
    // As text the first would come last.
    [['2026-11-28T10:00:00Z', '2026-11-28T09:00:00.000Z'], '2026-11-28T09:00:00.000Z'],
  ])('of %o the first is %s', (ends, first) => {
    expect(firstEnd(ends.map((expires_at) => ({ expires_at })))).toBe(first);
  });

  it.each([
    ['2026-11-28T11:00:00Z', 6],
    ['2026-11-23T11:00:00Z', 1],
    ['2026-11-23T09:00:00Z', 0],
    ['2026-11-20T09:00:00Z', 0],
  ])('until %s there are %i days', (end, days) => {
    expect(daysLeft(end, Date.parse('2026-11-22T10:00:00Z'))).toBe(days);
  });
});
