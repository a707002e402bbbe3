import { expect, it } from 'vitest';
import type { ImportRow } from '../../api/pending';
import { changeLine, counts } from './rows';

it('lines are counted by what they do', () => {
  const rows = ['create', 'refuse', 'create'].map((action) => ({ action }) as ImportRow);
  expect(counts(rows)).toEqual({ create: 2, update: 0, merge: 0, unchanged: 0, refuse: 1 });
});

it.each([
  [{ old: null, new: 'Rina' }, 'Name: Rina'],
  [{ old: 'Rani', new: 'Rina' }, 'Name: Rani → Rina'],
  [{ old: 'Rani', new: null }, 'Name: Rani → –'],
])('%j reads %s', (change, line) => {
  expect(changeLine(change, 'Name')).toBe(line);
});
