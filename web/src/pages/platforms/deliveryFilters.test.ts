import { describe, expect, it } from 'vitest';
import { apiQuery, hasFilter } from './deliveryFilters';

describe('the filters of the address', () => {
  it.each([
    [{}, {}],
    [{ state: 'held', delivery: '812' }, { state: 'held' }],
    [{ days: '7', destination_id: '5' }, { from: 'day-7', destination_id: '5' }],
    [{ days: 'all' }, {}],
    [{ lead_id: '7QK3M9D', event: 'won' }, { lead_id: '7QK3M9D', event: 'won' }],
  ])('%o is asked as %o', (query, asked) => {
    expect(apiQuery(query, (days) => `day-${days}`)).toEqual(asked);
  });

  it('do not count the open delivery', () => {
    expect(hasFilter({ delivery: '812' })).toBe(false);
    expect(hasFilter({ delivery: '812', days: '1' })).toBe(true);
  });
});
