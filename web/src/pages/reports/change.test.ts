import { expect, it } from 'vitest';
import { changeOf, digitsOf } from './change';

it.each([
  [0, 0, { kind: 'none' }],
  [5, 0, { kind: 'first' }],
  [5, 5, { kind: 'same' }],
  [118, 100, { kind: 'more', ratio: 0.18 }],
  [75, 100, { kind: 'fewer', ratio: 0.25 }],
  [0, 100, { kind: 'fewer', ratio: 1 }],
  [100, 10, { kind: 'times', times: 10 }],
])('%d after %d', (now, before, change) => {
  const { kind, ...more } = changeOf(now, before);
  expect(kind).toBe(change.kind);
  const [value] = Object.values(more);
  const [wanted] = Object.values(change).slice(1);
  if (wanted === undefined) expect(value).toBeUndefined();
  else expect(value).toBeCloseTo(wanted as number);
});

it.each([
  [0.045, 1],
  [0.0994, 1],
  [0.1, 0],
  [4.2, 0],
])('%d is shown with %d digits', (ratio, digits) => {
  expect(digitsOf(ratio)).toBe(digits);
});
