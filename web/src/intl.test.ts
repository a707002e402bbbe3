import { describe, expect, it } from 'vitest';
import { dateFormat, numberFormat } from './intl';

describe('a formatter', () => {
  it('is made once for what it is asked', () => {
    const jakarta = () => dateFormat('en-GB', { day: 'numeric', timeZone: 'Asia/Jakarta' });
    expect(jakarta()).toBe(jakarta());
    expect(numberFormat('id-ID', { maximumFractionDigits: 1 })).toBe(numberFormat('id-ID', { maximumFractionDigits: 1 }));
  });

  it('is another one for another language, zone or kind', () => {
    const made = [
      dateFormat('en-GB', { timeZone: 'Asia/Jakarta' }),
      dateFormat('id-ID', { timeZone: 'Asia/Jakarta' }),
      dateFormat('en-GB', { timeZone: 'Asia/Makassar' }),
      dateFormat('en-GB', { timeZone: undefined }),
      numberFormat('en-GB', {}),
    ];
    expect(new Set(made).size).toBe(made.length);
  });

  it('that the browser cannot make is refused each time', () => {
    const nowhere = () => dateFormat('en-GB', { timeZone: 'Nowhere/Never' });
    expect(nowhere).toThrow(RangeError);
    expect(nowhere).toThrow(RangeError);
  });
});
