// Moments as clocks on a wall show them, in any zone. Pure.

import { dateFormat } from '../../intl';

/** A moment on the wall of a zone. */
export interface Wall {
  /** `2026-11-23`. */
  date: string;
  /** Since midnight, by the clock. */
  minute: number;
  /** 0 is Monday. */
  weekday: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = 7;

/** What the clock shows; without a zone, this browser's. */
export function wallOf(ms: number, zone: string | undefined): Wall {
  const shown = new Date(shift(ms, zone));
  return {
    date: shown.toISOString().slice(0, 10),
    minute: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
    weekday: weekdayOf(shown.getTime()),
  };
}

/** The moment at which the clock shows this. Where it shows it twice, the first; where never, an hour later. */
export function momentOf(date: string, minute: number, zone: string | undefined): number {
  const shown = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE_MS;
  // By how the clock goes before and after: they differ only around a change.
  const guesses = [shown - DAY_MS, shown + DAY_MS].map((near) => shown - offset(near, zone));
  const right = guesses.filter((ms) => shift(ms, zone) === shown);
  return right.length ? Math.min(...right) : Math.max(...guesses);
}

/** The day `days` later. */
export function laterDay(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** For `<input type="datetime-local">`. */
export function inputOf(ms: number, zone: string | undefined): string {
  return new Date(shift(ms, zone)).toISOString().slice(0, 16);
}

/** What somebody typed into one, or `null`. */
export function parseInput(text: string, zone: string | undefined): number | null {
  const [, date, hour, minute] = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})/.exec(text) ?? [];
  if (!date || Number.isNaN(Date.parse(date))) return null;
  return momentOf(date, Number(hour) * 60 + Number(minute), zone);
}

function weekdayOf(ms: number): number {
  // 1970 began on a Thursday.
  return (((Math.floor(ms / DAY_MS) + 3) % DAYS) + DAYS) % DAYS;
}

/** A moment whose UTC clock shows what the zone's clock shows now. */
function shift(ms: number, zone: string | undefined): number {
  return ms + offset(ms, zone);
}

function offset(ms: number, zone: string | undefined): number {
  const parts = Object.fromEntries(formatter(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  const shown = Date.UTC(year!, month! - 1, day, hour, minute, second);
  return shown - Math.floor(ms / 1000) * 1000;
}

function formatter(zone: string | undefined): Intl.DateTimeFormat {
  return dateFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}
