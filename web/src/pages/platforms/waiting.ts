// How long the oldest waiting event is due, or how soon the next one is, in words.

import { present, show } from '../../show.svelte';
import type { Destination } from './model';
import { w } from './words';

export function waitingText({ stats }: Destination): string {
  if (!stats.pending || !stats.oldest_due) return '';
  const ms = present.ms - Date.parse(stats.oldest_due);
  return ms >= 0 ? w().oldest_since(show.span(ms)) : w().oldest_due(show.span(-ms));
}
