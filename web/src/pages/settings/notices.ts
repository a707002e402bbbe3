// Choices of the digest and what is typed of the reminders.

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** A Monday. */
const MONDAY = Date.UTC(2026, 7, 17);
const DAY_MS = 86_400_000;

/** The hours of a day, as `07:00`. */
export function hours(): { value: string; label: string }[] {
  return Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: `${String(hour).padStart(2, '0')}:00` }));
}

/** The days of the week in the reader's language. */
export function weekdays(language: string): { value: string; label: string }[] {
  const format = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return DAYS.map((value, n) => ({ value, label: format.format(MONDAY + n * DAY_MS) }));
}

/** What was typed as minutes; empty is never. What is no number is left to the server, which says so. */
export function minutes(text: string): number | null {
  const typed = text.trim();
  return typed === '' ? null : Number(typed);
}
