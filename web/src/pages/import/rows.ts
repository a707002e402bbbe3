// The lines of an import, as they are counted and said.

import type { Imported, ImportRow } from '../../api/pending';

/** In the order in which one wants to know. */
export const ACTIONS = ['create', 'update', 'merge', 'unchanged', 'refuse'] as const;

export function counts(rows: readonly ImportRow[]): Record<ImportRow['action'], number> {
  const count = { create: 0, update: 0, merge: 0, unchanged: 0, refuse: 0 };
  for (const { action } of rows) count[action]++;
  return count;
}

/** Headings of columns that nothing is made of. */
export function unused(columns: Imported['columns']): string[] {
  return columns.filter(({ field }) => field === null).map(({ heading }) => heading);
}
