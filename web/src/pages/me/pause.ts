// How long somebody pauses, as moments.

export type Pause = 'hour' | 'hours' | 'tomorrow';
export const PAUSES: readonly Pause[] = ['hour', 'hours', 'tomorrow'];

const HOUR_MS = 3_600_000;
/** When "tomorrow" begins, in the agent's own day. */
const MORNING = 6;

export function pauseEnd(pause: Pause, nowMs: number): Date {
  if (pause === 'hour') return new Date(nowMs + HOUR_MS);
  if (pause === 'hours') return new Date(nowMs + 4 * HOUR_MS);
  const morning = new Date(nowMs);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(MORNING, 0, 0, 0);
  return morning;
}
