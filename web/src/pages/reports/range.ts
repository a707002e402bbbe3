// Which days a report is about, and which it is compared with. Days are `2026-11-22`, in the workspace's zone; nothing
// here knows a clock: today is an argument.

import type { Query } from '../../query';

/** Inclusive. */
export interface Days {
  from: string;
  to: string;
}

export const PERIODS = ['today', '7', '30', '90', 'month', 'last_month'] as const;
export type Period = (typeof PERIODS)[number];

export interface Range extends Days {
  period: Period | 'own';
  before: Days;
}

export const DEFAULT_PERIOD: Period = '30';
/** The server gives no more at once. */
export const MAX_DAYS = 400;

const DAY_MS = 86_400_000;

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days, both ends included. */
export function length({ from, to }: Days): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** All of them. */
export function list(days: Days): string[] {
  return Array.from({ length: length(days) }, (_, at) => addDays(days.from, at));
}

/** The range that an address names: `period`, or `from` and `to`. What is no range is the last 30 days. */
export function rangeOf(query: Query, today: string): Range {
  const { from, to } = query;
  if (from && to && from === to && to === today) return rangeOf({ period: 'today' }, today);
  if (from && to && !ownProblem({ from, to })) return { period: 'own', from, to, before: justBefore({ from, to }) };
  const period = PERIODS.find((known) => known === query.period) ?? DEFAULT_PERIOD;
  const days = daysOf(period, today);
  return { period, ...days, before: beforeOf(period, days) };
}

/** Why two days are no range of one's own. */
export function ownProblem({ from, to }: Days): 'missing' | 'order' | 'long' | null {
  if (!isDay(from) || !isDay(to)) return 'missing';
  if (from > to) return 'order';
  return length({ from, to }) > MAX_DAYS ? 'long' : null;
}

function daysOf(period: Period, today: string): Days {
  if (period === 'today') return { from: today, to: today };
  if (period === 'month') return { from: firstOfMonth(today), to: today };
  if (period === 'last_month') return monthBefore(today);
  return { from: addDays(today, 1 - Number(period)), to: today };
}

/** Months are compared with months, as people do: a month so far with the same days of the month before. */
function beforeOf(period: Period, days: Days): Days {
  if (period === 'last_month') return monthBefore(days.from);
  if (period !== 'month') return justBefore(days);
  const before = monthBefore(days.from);
  const sameDay = addDays(before.from, length(days) - 1);
  return { from: before.from, to: sameDay < before.to ? sameDay : before.to };
}

/** As many days, those just before. */
function justBefore(days: Days): Days {
  return { from: addDays(days.from, -length(days)), to: addDays(days.from, -1) };
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 8)}01`;
}

function monthBefore(day: string): Days {
  const to = addDays(firstOfMonth(day), -1);
  return { from: firstOfMonth(to), to };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) return false;
  // The 31st of a short month parses in some browsers, as a day of the next one.
  return new Date(text).toISOString().startsWith(text);
}
