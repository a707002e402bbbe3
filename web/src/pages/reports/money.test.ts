import { expect, it } from 'vitest';
import { amount, currencies } from './money';

const idr = { currency: 'IDR', value: 100 };
const usd = { currency: 'USD', value: 7.5 };
const sgd = { currency: 'SGD', value: 3 };

it.each([
  ['IDR', ['IDR', 'SGD', 'USD']],
  ['USD', ['USD', 'IDR', 'SGD']],
  [null, ['IDR', 'SGD', 'USD']],
])('the currency of the workspace, %s, stands first', (home, wanted) => {
  expect(currencies([{ values: [usd] }, { values: [sgd, idr] }, { values: [] }], home)).toEqual(wanted);
});

it('a currency that is not there has no amount', () => {
  expect(amount([idr, usd], 'USD')).toBe(7.5);
  expect(amount([idr], 'USD')).toBeNull();
});
