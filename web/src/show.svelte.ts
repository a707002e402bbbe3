// The formats of `format.ts` for this reader: their language, the workspace's zone and country, and a present that
// ticks, so that "12 s" grows old by itself.

import * as format from './format';
import { preferences } from './preferences.svelte';
import { session } from './session.svelte';

const TICK_MS = 10_000;

class Present {
  ms = $state(Date.now());

  constructor() {
    setInterval(() => (this.ms = Date.now()), TICK_MS);
  }
}

/** Ticks every ten seconds. */
export const present = new Present();

const zone = () => session.me?.workspace.time_zone ?? undefined;

export const show = {
  number: (value: number, digits?: number) => format.number(value, preferences.language, digits),
  percent: (ratio: number, digits?: number) => format.percent(ratio, preferences.language, digits),
  money: (value: number, currency: string) => format.money(value, currency, preferences.language),
  ago: (at: string) => format.ago(at, Math.max(present.ms, Date.parse(at)), preferences.language, zone()),
  /** `12 s ago`. */
  since: (at: string) => format.since(at, Math.max(present.ms, Date.parse(at)), preferences.language, zone()),
  span: (ms: number) => format.span(ms, preferences.language),
  /** How long until then. */
  until: (at: string) => format.ago(at, Math.min(present.ms, Date.parse(at)), preferences.language, zone()),
  date: (at: string) => format.date(at, present.ms, preferences.language, zone()),
  moment: (at: string) => format.moment(at, preferences.language, zone()),
  zone: (name: string) => format.zoneName(name, preferences.language),
  phone: (digits: string) => format.phone(digits, session.me?.workspace.country ?? ''),
  country: (code: string) => format.country(code, preferences.language),
  /** The workspace's day, `days` before today, as the API takes it. */
  day: (days = 0) => format.day(Date.now() - days * 86_400_000, zone()),
};
