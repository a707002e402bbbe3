// Working hours in one short line: "Mon–Sat 08–17 WIB".

import type { Agent } from '../../api';
import { dateFormat } from '../../intl';

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const LOCALES = { en: 'en-GB', id: 'id-ID' };
/** A Monday, for the names of the days. */
const MONDAY_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

export interface HourWords {
  language: 'en' | 'id';
  daily: string;
}

/** The windows, at most two of them; `null` is always, so the caller says it. */
export function hoursLine(hours: NonNullable<Agent['hours']>, { language, daily }: HourWords): string {
  const lines = hours.map(({ days, from, to }) => `${dayLine(days, language, daily)} ${clock(from)}–${clock(to)}`);
  return lines.slice(0, 2).join(', ') + (lines.length > 2 ? ', …' : '');
}

/** Days that follow one another as a span, from three on. */
function dayLine(days: readonly string[], language: 'en' | 'id', daily: string): string {
  const taken = WEEK.flatMap((day, at) => (days.includes(day) ? [at] : []));
  if (taken.length === WEEK.length) return daily;
  const runs: number[][] = [];
  for (const day of taken) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = dateFormat(LOCALES[language], { weekday: 'short', timeZone: 'UTC' });
  const word = (day: number) => name.format(MONDAY_MS + day * DAY_MS);
  return runs
    .map((run) => (run.length > 2 ? `${word(run[0]!)}–${word(run.at(-1)!)}` : run.map(word).join(', ')))
    .join(', ');
}

/** `08` for `08:00`, `08:30` as it is. */
function clock(time: string): string {
  return time.endsWith(':00') ? time.slice(0, 2) : time;
}
