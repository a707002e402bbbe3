import { expect, it } from 'vitest';
import type { Schemas } from '../../api';
import { isForgetful, keyOf, ratesOf } from './recognition';

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
  host: null,
  mode: null,
  rates: [],
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

it('rates are of a row beside all, or of all beside the days before', () => {
  const span = (from: string, clicks: number, cookie: number) => ({ from, to: from, ...recognised(clicks, cookie) });
  const report = (spans: ReturnType<typeof span>[]) =>
    ({ rows: [{ ...row(4, 1), rates: [0.25, null] }], over_time: spans }) as unknown as Schemas['RecognitionReport'];
  const now = report([span('11-03', 4, 1), span('11-04', 0, 0)]);
  const before = report([span('11-01', 2, 1)]);
  expect(ratesOf(now, before, undefined)).toEqual([
    { day: '11-03', now: 25, beforeDay: '11-01', before: 50 },
    { day: '11-04', now: null, beforeDay: null, before: null },
  ]);
  expect(ratesOf(now, before, 'Chrome/')).toEqual([
    { day: '11-03', now: 25, beforeDay: '11-03', before: 25 },
    { day: '11-04', now: null, beforeDay: '11-04', before: null },
  ]);
});
