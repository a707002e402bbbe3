// How long somebody pauses, as moments.

import { laterDay, momentOf, wallOf } from './zoned';

export type Pause = 'hour' | 'hours' | 'tomorrow';
export const PAUSES: readonly Pause[] = ['hour', 'hours', 'tomorrow'];

const HOUR_MS = 3_600_000;
/** When "tomorrow" begins. Whoever starts later is kept away by their hours. */
const MORNING = 6 * 60;

/** `zone` is that of whoever pauses. */
export function pauseEnd(pause: Pause, nowMs: number, zone: string | undefined): number {
  if (pause === 'hour') return nowMs + HOUR_MS;
  if (pause === 'hours') return nowMs + 4 * HOUR_MS;
  return momentOf(laterDay(wallOf(nowMs, zone).date, 1), MORNING, zone);
}
