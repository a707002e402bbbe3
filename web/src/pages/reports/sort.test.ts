import { expect, it } from 'vitest';
import { sorted, sortingOf, sortingText } from './sort';

const START = { name: 'clicks', descending: true } as const;
const KNOWN = ['name', 'clicks', 'new'] as const;

it.each([
  [undefined, 'clicks', true],
  ['new', 'new', true],
  ['new.up', 'new', false],
  ['clicks.up', 'clicks', false],
  ['password', 'clicks', true],
  ['', 'clicks', true],
])('the address says %s', (text, name, descending) => {
  const sorting = sortingOf<(typeof KNOWN)[number]>(text, KNOWN, START);
  expect(sorting).toEqual({ name, descending });
  expect(sortingOf<(typeof KNOWN)[number]>(sortingText(sorting, START), KNOWN, START)).toEqual(sorting);
});

it('what one starts with does not stand in the address', () => {
  expect(sortingText({ name: 'clicks', descending: true }, START)).toBeUndefined();
});

it.each([
  [false, ['a', 'b', 'c', '–', '–2']],
  [true, ['c', 'b', 'a', '–', '–2']],
])('rows without a value stand last (descending: %s)', (descending, wanted) => {
  const rows = [['–', null], ['b', 2], ['–2', null], ['c', 10], ['a', 1]] as [string, number | null][];
  expect(sorted(rows, ([, value]) => value, descending).map(([name]) => name)).toEqual(wanted);
});

it('texts are sorted as texts, and equals keep their order', () => {
  const rows = [{ t: 'b', n: 1 }, { t: 'A', n: 2 }, { t: 'b', n: 3 }];
  expect(sorted(rows, ({ t }) => t, false).map(({ n }) => n)).toEqual([2, 1, 3]);
});
