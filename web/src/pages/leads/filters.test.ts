import { describe, expect, it } from 'vitest';
import type { Lead } from '../../api';
import { apiQuery, fits, hasFilter } from './filters';

const firstDay = (days: number) => `day-${days}`;
const lead = {
  status: 'new',
  agent_id: '1',
  rotator_id: '7',
  tracking_status: 'pending',
  first_touch: { platform: 'meta', utm: { campaign: 'november' } },
  last_touch: { platform: 'google', utm: {} },
} as unknown as Lead;

describe('the filters of the address', () => {
  it.each([
    [{}, {}],
    [{ status: 'won', lead: '12' }, { status: 'won' }],
    [{ days: '7' }, { from: 'day-7' }],
    [{ days: '7', from: '2026-11-01' }, { from: '2026-11-01' }],
    [{ days: 'many' }, {}],
    [{ q: 'Halo [7QK3M9D]' }, { q: 'Halo [7QK3M9D]' }],
  ])('%o is asked as %o', (query, asked) => {
    expect(apiQuery(query, firstDay)).toEqual(asked);
  });

  it('do not count the open lead', () => {
    expect(hasFilter({ lead: '12' })).toBe(false);
    expect(hasFilter({ lead: '12', q: 'x' })).toBe(true);
  });
});

describe('a lead that just came', () => {
  it.each([
    [{}, true],
    [{ status: 'new', agent_id: '1' }, true],
    [{ status: 'won' }, false],
    [{ platform: 'google' }, true],
    [{ platform: 'tiktok' }, false],
    [{ campaign: 'november' }, true],
    [{ campaign: 'december' }, false],
    [{ q: 'budi' }, false],
  ] as const)('with the filters %o belongs into the list: %s', (query, belongs) => {
    expect(fits(lead, query)).toBe(belongs);
  });
});
