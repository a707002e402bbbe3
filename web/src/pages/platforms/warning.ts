// What will break soon, in the reader's language where the server's words are known.

import { show } from '../../show.svelte';
import { w } from './words';

/** A version of an API and the day of its end, out of a warning; `null` if it is about something else. */
export function versionEnd(warning: string): { version: string; day: string; isOver: boolean } | null {
  const found = /stop answering to version (\S+) of its API about (\d{4}-\d{2}-\d{2})/.exec(warning);
  return found && { version: found[1]!, day: found[2]!, isOver: /was to stop/.test(warning) };
}

export function warningText(warning: string): string {
  const end = versionEnd(warning);
  if (!end) return warning;
  // At noon it is the same day in every zone that people live in.
  const day = show.date(`${end.day}T12:00:00Z`);
  return end.isOver ? w().version_over(end.version, day) : w().version_ends(end.version, day);
}
