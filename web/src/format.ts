// Numbers, money and times as people of a language write them. Pure: language, zone and the present are arguments;
// `show.svelte.ts` binds them to the reader and the workspace.

import { dateFormat, numberFormat } from './intl';
import type { Language } from './preferences.svelte';

const LOCALES: Record<Language, string> = { en: 'en-GB', id: 'id-ID' };
const UNITS: Record<Language, Record<'s' | 'min' | 'h' | 'd', string>> = {
  en: { s: 's', min: 'min', h: 'h', d: 'd' },
  id: { s: 'dtk', min: 'mnt', h: 'jam', d: 'hari' },
};
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function number(value: number, language: Language, digits = 0): string {
  return numberFormat(LOCALES[language], { maximumFractionDigits: digits }).format(value);
}

/** `ratio` 0.333 is `33.3 %`. */
export function percent(ratio: number, language: Language, digits = 1): string {
  return `${number(ratio * 100, language, digits)} %`;
}

/** Rupiah are written the Indonesian way in both languages, and without cents. */
export function money(value: number, currency: string, language: Language): string {
  const locale = currency === 'IDR' ? LOCALES.id : LOCALES[language];
  const whole = currency === 'IDR' || Number.isInteger(value);
  try {
    return numberFormat(locale, {
      style: 'currency',
      currency,
      ...(whole && { maximumFractionDigits: 0 }),
    }).format(value);
  } catch {
    return `${currency} ${number(value, language, 2)}`;
  }
}

/** `12 s`, `4 min`, `21 h`; from a day on the date. What lies ahead counts the same way. */
export function ago(at: string, nowMs: number, language: Language, zone: string | undefined): string {
  const ms = Math.abs(nowMs - Date.parse(at));
  return ms < DAY_MS ? span(ms, language) : date(at, nowMs, language, zone);
}

/** `12 s ago`; from a day on the date. */
export function since(at: string, nowMs: number, language: Language, zone: string | undefined): string {
  const isRecent = nowMs - Date.parse(at) < DAY_MS;
  const words = { en: 'ago', id: 'lalu' };
  return `${ago(at, nowMs, language, zone)}${isRecent ? ` ${words[language]}` : ''}`;
}

/** How long: `12 s`, `4 min`, `21 h`, `3 d`. */
export function span(ms: number, language: Language): string {
  const units = UNITS[language];
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} ${units.s}`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} ${units.min}`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} ${units.h}`;
  return `${Math.floor(ms / DAY_MS)} ${units.d}`;
}

/** `14 Nov`, with the year if it is another one. */
export function date(at: string, nowMs: number, language: Language, zone: string | undefined): string {
  const year = (ms: number) => dateFormat('en', { year: 'numeric', timeZone: zone }).format(ms);
  const time = Date.parse(at);
  const isOther = year(time) !== year(nowMs);
  return dateFormat(LOCALES[language], {
    day: 'numeric',
    month: 'short',
    ...(isOther && { year: 'numeric' }),
    timeZone: zone,
  }).format(time);
}

/** `14 Nov 2026`, of a day as the API and the address write it (`2026-11-14`): days have no zone. */
export function calendarDay(day: string, language: Language): string {
  const time = Date.parse(day);
  if (Number.isNaN(time)) return day;
  return dateFormat(LOCALES[language], { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(time);
}

/** `14 Nov 2026, 09:12`, for titles and details. */
export function moment(at: string, language: Language, zone: string | undefined): string {
  return dateFormat(LOCALES[language], {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: zone,
  }).format(Date.parse(at));
}

/** `2026-11-22`: the day of a moment in a zone, as the API takes days. */
export function day(ms: number, zone: string | undefined): string {
  return dateFormat('en-CA', { timeZone: zone }).format(ms);
}

/** `WIB`, `GMT+7`, …; Indonesia's zones by the names that people use. */
export function zoneName(zone: string, language: Language): string {
  const known: Record<string, string> = {
    'Asia/Jakarta': 'WIB',
    'Asia/Pontianak': 'WIB',
    'Asia/Makassar': 'WITA',
    'Asia/Jayapura': 'WIT',
  };
  if (known[zone]) return known[zone];
  try {
    const parts = dateFormat(LOCALES[language], { timeZone: zone, timeZoneName: 'short' }).formatToParts(0);
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
  } catch {
    return zone;
  }
}

/** Digits of E.164 as people read them: `0812-3456-7890` at home, `+65 9123 4567` elsewhere. */
export function phone(digits: string, home: string): string {
  if (home === 'ID' && digits.startsWith('62')) return groups(`0${digits.slice(2)}`, '-');
  const isIndonesian = digits.startsWith('62');
  return isIndonesian ? `+62 ${groups(digits.slice(2), '-')}` : `+${digits}`;
}

function groups(digits: string, separator: string): string {
  return [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)].filter(Boolean).join(separator);
}

/** Country names. */
export function country(code: string, language: Language): string {
  try {
    return new Intl.DisplayNames(LOCALES[language], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}
