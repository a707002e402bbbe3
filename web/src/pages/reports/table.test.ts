import { expect, it } from 'vitest';
import { joined, linesOf, type ReportColumn } from './table';

interface Row {
  name: string | null;
  clicks: number;
}

const now: Row[] = [{ name: 'meta', clicks: 3 }, { name: null, clicks: 2 }, { name: 'tiktok', clicks: 1 }];
const before: Row[] = [{ name: null, clicks: 7 }, { name: 'meta', clicks: 5 }];

it('rows are found again in the days before, those without a name too', () => {
  const rows = joined(now, before, ({ name }) => name);
  expect(rows.map(({ name, was }) => [name, was?.clicks])).toEqual([['meta', 5], [null, 7], ['tiktok', undefined]]);
});

it('a file has a column for the days before beside each that is compared', () => {
  const columns: ReportColumn<Row & { was?: Row }>[] = [
    { name: 'name', label: 'Source', value: ({ name }) => name ?? 'none' },
    { name: 'clicks', label: 'Clicks', value: ({ clicks }) => clicks, text: () => 'many', before: ({ was }) => was?.clicks ?? 0 },
  ];
  expect(linesOf(joined(now, before, ({ name }) => name), columns, (label) => `${label} before`)).toEqual([
    ['Source', 'Clicks', 'Clicks before'],
    ['meta', 3, 5],
    ['none', 2, 7],
    ['tiktok', 1, 0],
  ]);
});
