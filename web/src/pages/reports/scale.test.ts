import { expect, it } from 'vitest';
import { labelled, path, ticks } from './scale';

it.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [4, [0, 1, 2, 3, 4]],
  [5, [0, 2, 4, 6]],
  [23, [0, 10, 20, 30]],
  [37, [0, 10, 20, 30, 40]],
  [412, [0, 200, 400, 600]],
  [90_000, [0, 50_000, 100_000]],
])('an axis up to %d is marked at %j', (max, wanted) => {
  expect(ticks(max)).toEqual(wanted);
});

it('no mark lies between two clicks, and the last one is not below the line', () => {
  for (let max = 0; max < 3_000; max += 7) {
    const marks = ticks(max);
    expect(marks.every(Number.isInteger)).toBe(true);
    expect(marks.at(-1)).toBeGreaterThanOrEqual(max);
    expect(marks.length).toBeLessThanOrEqual(5);
  }
});

it.each([
  [7, 8, [0, 1, 2, 3, 4, 5, 6]],
  [30, 5, [1, 8, 15, 22, 29]],
  [30, 10, [4, 9, 14, 19, 24, 29]],
  [1, 4, [0]],
  [400, 4, []],
])('of %d days with room for %d labels', (count, most, wanted) => {
  const at = labelled(count, most);
  if (wanted.length) expect(at).toEqual(wanted);
  expect(at.at(-1)).toBe(count - 1);
  expect(at[0]).toBeGreaterThanOrEqual(0);
  expect(at.length).toBeLessThanOrEqual(most);
});

it('a path is drawn from point to point', () => {
  expect(path([[0, 10], [12.345, 0]])).toBe('M0.0,10.0L12.3,0.0');
});
