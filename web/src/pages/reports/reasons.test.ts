import { expect, it } from 'vitest';
import { byReason } from './reasons';

it('reasons are summed over links, the most frequent first', () => {
  const row = (rotator_id: string, reason: 'bot' | 'preview', count: number) => ({ rotator_id, reason, count });
  expect(byReason([row('1', 'bot', 3), row('1', 'preview', 2), row('2', 'preview', 4)])).toEqual([
    { reason: 'preview', count: 6 },
    { reason: 'bot', count: 3 },
  ]);
  expect(byReason([])).toEqual([]);
});
