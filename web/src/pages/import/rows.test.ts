import { expect, it } from 'vitest';
import type { ImportRow } from '../../api/pending';
import { counts, unused } from './rows';

it('lines are counted by what they do', () => {
  const rows = ['create', 'refuse', 'create'].map((action) => ({ action }) as ImportRow);
  expect(counts(rows)).toEqual({ create: 2, update: 0, merge: 0, unchanged: 0, refuse: 1 });
});

it('columns that are not used are named', () => {
  const columns = [
    { heading: 'Nama', field: 'name' },
    { heading: 'Ukuran', field: null },
  ];
  expect(unused(columns)).toEqual(['Ukuran']);
});
