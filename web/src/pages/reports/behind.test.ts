import { describe, expect, it } from 'vitest';
import { named, owned, took } from './behind';

describe('the leads behind a row', () => {
  it.each([
    ['platform', 'meta', { first_platform: 'meta' }],
    ['source', 'ig', { source: 'ig' }],
    ['campaign', null, { without: 'campaign' }],
    ['in_app', 'instagram', { in_app: 'instagram' }],
    ['browser', null, { without: 'browser' }],
  ] as const)('by %s %o', (by, name, query) => {
    expect(named(by, name)).toEqual(query);
  });

  it('are of an agent, or of nobody', () => {
    expect(owned('7')).toEqual({ agent_id: '7' });
    expect(owned(null)).toEqual({ without: 'agent' });
  });

  it('took from so many days to so many', () => {
    expect(took(null, 1)).toEqual({ sold_after_days: undefined, sold_within_days: '1' });
    expect(took(90, null)).toEqual({ sold_after_days: '90', sold_within_days: undefined });
  });
});
