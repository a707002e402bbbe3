// Working hours: windows as the API keeps them, and the same as open stretches of a week, which a grid can paint.
// The rules are those of the server: a window that ends earlier than it begins ends on the next day, one that ends
// when it begins lasts the whole day. Pure.

import type { Schemas } from '../../api';

export type Window = Schemas['WorkingHours'];
/** `[from, to)` in minutes of the week, Monday 00:00 first; sorted, neither touching nor overlapping. */
export type Stretch = readonly [from: number, to: number];

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const DAY = 24 * 60;
export const WEEK = 7 * DAY;
/** The server takes no more. */
export const MOST_WINDOWS = 50;
/** Past midnight until then is still the evening before; later, it is rather a morning of its own. */
const NIGHT_ENDS = 12 * 60;

export function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return hours! * 60 + minutes!;
}

/** `08:00`; the end of a day is `24:00`. */
export function timeOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** How long a window lasts, in minutes. */
export function lengthOf({ from, to }: Pick<Window, 'from' | 'to'>): number {
  const length = minuteOf(to) - minuteOf(from);
  return length > 0 ? length : length + DAY;
}

/** When these windows are open. */
export function stretchesOf(windows: readonly Window[]): Stretch[] {
  const open = windows.flatMap((window) =>
    window.days.map((day): Stretch => {
      const midnight = DAYS.indexOf(day as (typeof DAYS)[number]) * DAY;
      if (window.from === window.to) return [midnight, midnight + DAY];
      const from = midnight + minuteOf(window.from);
      return [from, from + lengthOf(window)];
    }),
  );
  return merged(open);
}

/** The same stretches with one more painted, or wiped out. `to` may lie beyond the end of the week. */
export function painted(stretches: readonly Stretch[], from: number, to: number, isOpen: boolean): Stretch[] {
  if (isOpen) return merged([...stretches, [from, to]]);
  const wiped = merged([[from, to]]);
  return wiped.reduce((left, hole) => left.flatMap((part) => without(part, hole)), [...stretches]);
}

/** Windows that are open at just these times, as few as there can be. */
export function windowsOf(stretches: readonly Stretch[]): Window[] {
  const groups = new Map<string, Window>();
  for (const [from, to] of roundTheWeek(stretches).flatMap(byDay)) {
    const day = DAYS[Math.floor(from / DAY)]!;
    const end = to % DAY;
    const window = { days: [day], from: timeOf(from % DAY), to: end === 0 ? '24:00' : timeOf(end) };
    const key = `${window.from}-${window.to}`;
    const group = groups.get(key);
    if (group) group.days.push(day);
    else groups.set(key, window);
  }
  const first = (window: Window) => DAYS.indexOf(window.days[0] as (typeof DAYS)[number]) * DAY + minuteOf(window.from);
  return [...groups.values()].map(inOrder).sort((a, b) => first(a) - first(b));
}

/** What is open on a day, in minutes of that day. */
export function openOn(stretches: readonly Stretch[], weekday: number): Stretch[] {
  const midnight = weekday * DAY;
  return stretches
    .map(([from, to]): Stretch => [Math.max(from - midnight, 0), Math.min(to - midnight, DAY)])
    .filter(([from, to]) => from < to);
}

export function isOpenAt(stretches: readonly Stretch[], minute: number): boolean {
  return stretches.some(([from, to]) => from <= minute && minute < to);
}

/** How many minutes until it is open: 0 if it is, `null` if it never is. */
export function untilOpen(stretches: readonly Stretch[], minute: number): number | null {
  if (isOpenAt(stretches, minute)) return 0;
  const waits = stretches.map(([from]) => (from - minute + WEEK) % WEEK);
  return waits.length ? Math.min(...waits) : null;
}

/** Days in the order of the week. */
function inOrder(window: Window): Window {
  return { ...window, days: DAYS.filter((day) => window.days.includes(day)) };
}

/** What goes on from Sunday night to Monday is one stretch that ends beyond the week. */
function roundTheWeek(stretches: readonly Stretch[]): Stretch[] {
  const [first, last] = [stretches[0], stretches.at(-1)];
  const goesOn = first && last && first !== last && first[0] === 0 && last[1] === WEEK;
  if (!goesOn || !isNight(last[0], WEEK + first[1])) return [...stretches];
  return [...stretches.slice(1, -1), [last[0], WEEK + first[1]]];
}

/** Parts that each begin on a day of their own: nights stay whole, what is longer is cut at midnight. */
function byDay([from, to]: Stretch): Stretch[] {
  const midnight = (Math.floor(from / DAY) + 1) * DAY;
  if (to <= midnight || isNight(from, to)) return [[from, to]];
  return [[from, midnight], ...byDay([midnight, to])];
}

function isNight(from: number, to: number): boolean {
  const midnight = (Math.floor(from / DAY) + 1) * DAY;
  return to > midnight && to - midnight <= NIGHT_ENDS && to - from < DAY;
}

function without([from, to]: Stretch, [start, end]: Stretch): Stretch[] {
  const parts: Stretch[] = [
    [from, Math.min(to, start)],
    [Math.max(from, end), to],
  ];
  return parts.filter(([from, to]) => from < to);
}

/** In order, joined where they touch; what passes Sunday midnight goes on on Monday. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const within = stretches
    .flatMap(([from, to]): Stretch[] => (to > WEEK ? [[from, WEEK], [0, to - WEEK]] : [[from, to]]))
    .sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of within) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
