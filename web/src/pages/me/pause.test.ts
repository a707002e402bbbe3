import { expect, it } from 'vitest';
import { pauseEnd } from './pause';

it('a pause ends after hours, or in the morning', () => {
  const now = new Date(2026, 10, 30, 22, 15).getTime();
  expect(pauseEnd('hour', now)).toEqual(new Date(2026, 10, 30, 23, 15));
  expect(pauseEnd('hours', now)).toEqual(new Date(2026, 11, 1, 2, 15));
  expect(pauseEnd('tomorrow', now)).toEqual(new Date(2026, 11, 1, 6, 0));
});
