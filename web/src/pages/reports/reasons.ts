// The report says for each link what was not counted; here it is summed by reason.

import type { Schemas } from '../../api';

type Screened = Schemas['ScreenedRow'];

export interface ReasonRow {
  reason: Screened['reason'];
  count: number;
}

/** By reason, the most frequent first. */
export function byReason(rows: readonly Screened[]): ReasonRow[] {
  const sums = new Map<Screened['reason'], number>();
  for (const { reason, count } of rows) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}
