import { expect, it } from 'vitest';
import { pointsOf } from './points';

const row = (day: string, clicks: number) => ({ day, clicks, new: clicks - 1, returning: 1, views: 0 });
const now = [row('2026-11-01', 5), row('2026-11-02', 7)];

it.each([
  ['as many', [row('2026-10-30', 2), row('2026-10-31', 3)], [2, 3]],
  ['fewer', [row('2026-10-31', 3)], [3, null]],
  ['more', [row('2026-10-01', 1), row('2026-10-02', 2), row('2026-10-03', 9)], [1, 2]],
])('%s days before stand beside the days', (_, before, wanted) => {
  const points = pointsOf(now, before, 'clicks');
  expect(points.map((point) => point.before)).toEqual(wanted);
  expect(points.map((point) => point.now)).toEqual([5, 7]);
});

it('the figure that is asked for is drawn', () => {
  expect(pointsOf(now, [], 'new').map((point) => point.now)).toEqual([4, 6]);
  expect(pointsOf(now, [], 'returning')[0]).toEqual({ day: '2026-11-01', now: 1, beforeDay: null, before: null });
});
