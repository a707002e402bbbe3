// Sentences and labels that several reports share, for this reader.

import * as format from '../../format';
import { dateFormat } from '../../intl';
import { preferences } from '../../preferences.svelte';
import { names } from '../../names.svelte';
import { present, show } from '../../show.svelte';
import { changeOf, digitsOf } from './change';
import { length, type Days, type Range } from './range';
import { w } from './words';

/** `14 Nov`. A day is no moment: it is the same one whatever the zone. */
export function dayLabel(day: string): string {
  return format.date(day, present.ms, preferences.language, 'UTC');
}

/** `Sat, 14 Nov`. */
export function weekdayLabel(day: string): string {
  const weekday = dateFormat(preferences.language, { weekday: 'short', timeZone: 'UTC' });
  return `${weekday.format(Date.parse(day))}, ${dayLabel(day)}`;
}

/** `24 Oct – 22 Nov`. */
export function rangeLabel({ from, to }: Days): string {
  return from === to ? dayLabel(from) : `${dayLabel(from)} – ${dayLabel(to)}`;
}

/** A share of a whole: `29 %`, `4.5 %`. */
export function shareLabel(part: number, whole: number): string {
  const ratio = whole > 0 ? part / whole : 0;
  return show.percent(ratio, digitsOf(ratio));
}

type Noun = (n: string, isOne: boolean) => string;

/** `412 clicks`. */
export function count(n: number, noun: Noun): string {
  return noun(show.number(n), n === 1);
}

/** `412 clicks in 30 days, 18 % more than in the 30 days before.` */
export function comparison(now: number, before: number, noun: Noun, range: Range): string {
  const which = phrase(range);
  const days = show.number(length(range));
  const beginning = `${count(now, noun)} ${w().in_days[which](which === 'day' ? dayLabel(range.from) : days)}`;
  if (which === 'today') return `${beginning}; ${w().yesterday(show.number(before))}.`;
  return `${beginning}, ${changeLabel(now, before, w().than[which](days))}.`;
}

function phrase(range: Range): 'today' | 'month' | 'last_month' | 'days' | 'day' {
  if (range.period === 'today' || range.period === 'month' || range.period === 'last_month') return range.period;
  return length(range) === 1 ? 'day' : 'days';
}

function changeLabel(now: number, before: number, than: string): string {
  const change = changeOf(now, before);
  if (change.kind === 'times') return w().change.times(show.number(change.times), than);
  if (change.kind === 'more' || change.kind === 'fewer') {
    return w().change[change.kind](show.percent(change.ratio, digitsOf(change.ratio)), than);
  }
  return w().change[change.kind](than);
}

/** `+18 %`, and whether that is up or down. */
export function delta(now: number, before: number): { text: string; way: 'up' | 'down' | 'level' } {
  const change = changeOf(now, before);
  switch (change.kind) {
    case 'none':
      return { text: '', way: 'level' };
    case 'same':
      return { text: w().delta.same, way: 'level' };
    case 'first':
      return { text: w().delta.first, way: 'up' };
    case 'times':
      return { text: w().delta.times(show.number(change.times)), way: 'up' };
    case 'more':
      return { text: `+${show.percent(change.ratio, digitsOf(change.ratio))}`, way: 'up' };
    case 'fewer':
      return { text: `−${show.percent(change.ratio, digitsOf(change.ratio))}`, way: 'down' };
  }
}

/** A number with its sign: `+0.33`, `−0.33`, `0`. */
export function signed(value: number, digits = 2): string {
  const text = show.number(Math.abs(value), digits);
  return text === '0' ? text : `${value < 0 ? '−' : '+'}${text}`;
}

export function rotatorName(id: string): string {
  return names.rotator(id) ?? w().removed_rotator;
}

export function agentName(id: string | null, name: string | null): string {
  return id === null ? w().no_agent : (name ?? w().removed_agent);
}
