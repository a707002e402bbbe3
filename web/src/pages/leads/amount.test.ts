import { expect, it } from 'vitest';
import { parseAmount } from './amount';

it.each([
  ['1250000', 1250000],
  ['1.250.000', 1250000],
  ['Rp 1.250.000', 1250000],
  ['1,250,000.50', 1250000.5],
  ['149,5', 149.5],
  ['0', 0],
  ['', null],
  ['a lot', null],
  ['-5', null],
])('the amount %s is %s', (text, amount) => {
  expect(parseAmount(text)).toBe(amount);
});
