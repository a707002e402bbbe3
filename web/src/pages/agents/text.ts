// Hours and duty as people say them. Pure but for the words, which come in.

import type { Duty } from './duty';
import { DAYS, minuteOf, timeOf, type Window } from './hours';
import { laterDay, wallOf } from './zoned';

export interface HourWords {
  day_names: readonly string[];
  every_day: string;
  always: string;
  never: string;
}

export interface DutyWords {
  day_names: readonly string[];
  tomorrow: (time: string) => string;
  duty: {
    on: string;
    off: string;
    full: string;
    paused: (till: string) => string;
    paused_back: (till: string, back: string) => string;
    closed: (back: string) => string;
    closed_for_good: string;
  };
}

/** `Mon–Sat 08–12, 13–17 · Sun 09:30–12`; `always`. */
export function hoursText(hours: readonly Window[] | null, words: HourWords): string {
  if (hours === null) return words.always;
  if (hours.length === 0) return words.never;
  const times = new Map<string, string[]>();
  for (const window of hours) {
    const days = daysText(window.days, words);
    times.set(days, [...(times.get(days) ?? []), `${short(window.from)}–${short(window.to)}`]);
  }
  return [...times].map(([days, all]) => `${days} ${all.join(', ')}`).join(' · ');
}

/** `Mon–Fri`, `Mon, Wed–Fri`, `Every day`. */
export function daysText(days: readonly string[], words: HourWords): string {
  const chosen = DAYS.map((day) => days.includes(day));
  if (chosen.every(Boolean)) return words.every_day;
  const runs: string[] = [];
  for (let at = 0; at < DAYS.length; at++) {
    if (!chosen[at]) continue;
    let end = at;
    while (chosen[end + 1]) end++;
    const name = (day: number) => words.day_names[day]!;
    // Two in a row are no range yet.
    if (end === at) runs.push(name(at));
    else runs.push(`${name(at)}${end - at === 1 ? ', ' : '–'}${name(end)}`);
    at = end;
  }
  return runs.join(', ');
}

/** `Paused till 14:00`. */
export function dutyText(duty: Duty, nowMs: number, zone: string | undefined, words: DutyWords, date: DateText): string {
  const when = (ms: number) => whenText(ms, nowMs, zone, words, date);
  if (duty.kind === 'closed') return duty.backMs === null ? words.duty.closed_for_good : words.duty.closed(when(duty.backMs));
  if (duty.kind !== 'paused') return words.duty[duty.kind];
  const { untilMs, backMs } = duty;
  if (backMs === null || backMs === untilMs) return words.duty.paused(when(untilMs));
  return words.duty.paused_back(when(untilMs), when(backMs));
}

/** How a day beyond this week is written. */
export type DateText = (ms: number, zone: string | undefined) => string;

/** `14:00` today, `tomorrow 08:00`, `Mon 08:00` within a week, `3 Dec 08:00` later. */
export function whenText(
  ms: number,
  nowMs: number,
  zone: string | undefined,
  words: Pick<DutyWords, 'day_names' | 'tomorrow'>,
  date: DateText,
): string {
  const [then, now] = [wallOf(ms, zone), wallOf(nowMs, zone)];
  const time = timeOf(then.minute);
  if (then.date === now.date) return time;
  if (then.date === laterDay(now.date, 1)) return words.tomorrow(time);
  if (then.date > now.date && then.date < laterDay(now.date, 7)) return `${words.day_names[then.weekday]} ${time}`;
  return `${date(ms, zone)} ${time}`;
}

/** `08` for a full hour. */
function short(time: string): string {
  return minuteOf(time) % 60 === 0 ? time.slice(0, 2) : time;
}
