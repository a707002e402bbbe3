import { expect, it } from 'vitest';
import { isForgetful, keyOf } from './recognition';

const recognised = (clicks: number, cookie: number, click_id = 0) => ({
  clicks,
  cookie,
  click_id,
  new: clicks - cookie - click_id,
  rate: (cookie + click_id) / clicks,
});
const row = (clicks: number, cookie: number, click_id = 0) => ({
  browser: 'Chrome',
  in_app: null,
  ...recognised(clicks, cookie, click_id),
});

it.each([
  ['far below the others', row(100, 10), recognised(200, 50), true],
  ['a click ID recognises too', row(100, 10, 15), recognised(200, 50, 15), false],
  ['a little below', row(100, 30), recognised(200, 80), false],
  ['too few clicks to say', row(29, 0), recognised(200, 50), false],
  ['too few others to compare with', row(190, 0), recognised(200, 10), false],
  ['nobody is recognised anywhere', row(100, 0), recognised(200, 0), false],
])('%s', (_, one, totals, wanted) => {
  expect(isForgetful(one, totals)).toBe(wanted);
});

it('a browser inside an app is not the browser itself', () => {
  expect(keyOf(row(1, 0))).not.toBe(keyOf({ ...row(1, 0), in_app: 'instagram' }));
});
