// Days side by side with the days before, which may be more or fewer.

import type { Schemas } from '../../api';

type Row = Schemas['OverviewRow'];
type Figure = 'clicks' | 'new' | 'returning';

/** A day of the line, and the day of the ghost that it is compared with. */
export interface Point {
  day: string;
  now: number | null;
  beforeDay: string | null;
  before: number | null;
}

export function pointsOf(now: readonly Row[], before: readonly Row[], figure: Figure): Point[] {
  return now.map((row, at) => {
    const other = before[at];
    return {
      day: row.day,
      now: row[figure],
      beforeDay: other?.day ?? null,
      before: other?.[figure] ?? null,
    };
  });
}
