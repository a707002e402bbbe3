import { describe, expect, it } from 'vitest';
import { hours, minutes, weekdays } from './notices';

describe('the digest', () => {
  it('has an hour and a day to choose', () => {
    expect(hours()).toHaveLength(24);
    expect(hours()[7]).toEqual({ value: '7', label: '07:00' });
    expect(weekdays('id').map(({ value }) => value)).toEqual(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
    expect(new Set(weekdays('id').map(({ label }) => label)).size).toBe(7);
  });
});

describe('minutes', () => {
  it.each([
    ['', null],
    [' ', null],
    ['15', 15],
    [' 60 ', 60],
  ])('%j is %j', (typed, wanted) => expect(minutes(typed)).toBe(wanted));
});
