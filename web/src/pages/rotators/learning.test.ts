import { expect, it } from 'vitest';
import { choices, learningBody, learningDraft, WAIT_DAYS } from './learning';

it('what is saved comes back as it was, and off is off', () => {
  const learning = { least_percent: 30, window_days: 45, wait_days: 2, frozen: true };
  expect(learningBody(learningDraft(learning))).toEqual(learning);
  expect(learningBody(learningDraft(null))).toBeNull();
  expect(learningBody({ ...learningDraft(null), on: true })).toMatchObject({ least_percent: 50, frozen: false });
});

it('a number that a program has set can be chosen too', () => {
  expect(choices(WAIT_DAYS, '2')).toEqual([1, 2, 3, 7, 14, 30]);
  expect(choices(WAIT_DAYS, '7')).toEqual([1, 3, 7, 14, 30]);
});
