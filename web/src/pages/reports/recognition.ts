// Which browsers forget people.

import type { Schemas } from '../../api';
import type { Point } from './points';

type Row = Schemas['RecognitionRow'];
type Totals = Schemas['Recognised'];

/** Below this many clicks a rate is chance. */
const ENOUGH_CLICKS = 30;

/** Whether this browser recognises less than half of what the others do, taken together. */
export function isForgetful(row: Row, totals: Totals): boolean {
  const others = totals.clicks - row.clicks;
  const othersKnown = totals.cookie + totals.click_id - row.cookie - row.click_id;
  return row.clicks >= ENOUGH_CLICKS && others >= ENOUGH_CLICKS && row.rate < othersKnown / others / 2;
}

/** Its browser and app, as one word. */
export function keyOf({ browser, in_app, host, mode }: Row): string {
  return host ?? mode ?? `${browser ?? ''}/${in_app ?? ''}`;
}

type Report = Schemas['RecognitionReport'];

/**
 * Rates over time, in percent: of the row with this key beside all together, or of all together beside the days before. A day
 * on which nobody came has no rate.
 */
export function ratesOf(now: Report, before: Report, key: string | undefined): Point[] {
  const percent = (rate: number | null | undefined) => (rate == null ? null : Math.round(rate * 1_000) / 10);
  const all = ({ clicks, rate }: Schemas['RecognisedSpan']) => (clicks ? percent(rate) : null);
  const row = key === undefined ? undefined : now.rows.find((row) => keyOf(row) === key);
  return now.over_time.map((span, at) => {
    const other = row ? span : before.over_time[at];
    return {
      day: span.from,
      now: row ? percent(row.rates[at]) : all(span),
      beforeDay: other?.from ?? null,
      before: other ? all(other) : null,
    };
  });
}
