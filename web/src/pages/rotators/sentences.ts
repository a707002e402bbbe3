// Warnings as sentences in the reader's language; what is new says itself in the server's words.

import type { RotatorWarning } from '../../api/pending';
import { dateFormat } from '../../intl';
import { preferences } from '../../preferences.svelte';
import { session } from '../../session.svelte';
import { show } from '../../show.svelte';
import { isKnown, parse } from './warnings';
import { w } from './words';

export function sentence({ kind, message, at, count }: RotatorWarning): string {
  if (!isKnown(kind)) return message;
  if (kind === 'nobody_on_duty_later') {
    if (!at) return message;
    return Date.parse(at) <= Date.now() ? w().warning.nobody_on_duty_now : w().warning[kind](weekTime(at));
  }
  if (kind === 'ad_clicks_while_closed') return count ? w().warning[kind](show.number(count)) : message;
  return w().warning[kind];
}

/** Those of the list, which has the server's sentences only; what stops leads comes first. */
export function translated(texts: readonly string[]): string[] {
  const found = texts.flatMap((text) => parse(text, new Date().toISOString()) ?? []);
  const rank = ({ kind }: RotatorWarning) => ['unreachable', 'no_agents', 'no_weight', 'all_off'].includes(kind);
  return [...found.filter(rank), ...found.filter((warning) => !rank(warning))].map(sentence);
}

/** `Sat 17:00`, with the date where it is more than six days away. */
export function weekTime(at: string): string {
  const ms = Date.parse(at);
  const isNear = ms - Date.now() < 6 * 86_400_000;
  return dateFormat(preferences.language === 'id' ? 'id-ID' : 'en-GB', {
    weekday: 'short',
    ...(!isNear && { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    timeZone: session.me?.workspace.time_zone ?? undefined,
  })
    .format(ms)
    .replace(',', '');
}
