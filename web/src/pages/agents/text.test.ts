import { expect, it } from 'vitest';
import { date } from '../../format';
import { daysText, dutyText, hoursText, whenText } from './text';

const en = {
  day_names: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  every_day: 'Every day',
  always: 'Always',
  never: 'Never',
  tomorrow: (time: string) => `tomorrow ${time}`,
  duty: {
    on: 'Taking leads',
    off: 'Off',
    full: 'Full for today',
    paused: (till: string) => `Paused till ${till}`,
    paused_back: (till: string, back: string) => `Paused till ${till}, back ${back}`,
    closed: (back: string) => `Outside hours, back ${back}`,
    closed_for_good: 'No working hours set',
  },
};
const NOW = Date.parse('2026-11-23T20:00:00+07:00');
const local = (text: string) => Date.parse(`${text}+07:00`);
const dated = (ms: number, zone: string | undefined) => date(new Date(ms).toISOString(), NOW, 'en', zone);

it.each([
  [null, 'Always'],
  [[], 'Never'],
  [
    [
      { days: ['mon', 'tue'], from: '08:00', to: '24:00' },
      { days: ['sun'], from: '09:30', to: '12:00' },
    ],
    'Mon, Tue 08–24 · Sun 09:30–12',
  ],
  [[{ days: ['sat', 'mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:30' }], 'Mon–Sat 08–17:30'],
  [
    [
      { days: ['mon'], from: '08:00', to: '12:00' },
      { days: ['mon'], from: '20:00', to: '02:00' },
    ],
    'Mon 08–12, 20–02',
  ],
])('%j is %s', (hours, text) => {
  expect(hoursText(hours, en)).toBe(text);
});

it.each([
  [['sat', 'sun'], 'Sat, Sun'],
  [['mon', 'wed', 'thu', 'fri'], 'Mon, Wed–Fri'],
  [['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'Every day'],
])('%j are %s', (days, text) => {
  expect(daysText(days, en)).toBe(text);
});

it.each([
  ['2026-11-23T23:30', '23:30'],
  ['2026-11-24T00:00', 'tomorrow 00:00'],
  ['2026-11-25T08:00', 'Wed 08:00'],
  ['2026-11-29T08:00', 'Sun 08:00'],
  ['2026-11-30T08:00', '30 Nov 08:00'],
  ['2027-01-02T08:00', '2 Jan 2027 08:00'],
])('%s is %s', (text, words) => {
  expect(whenText(local(text), NOW, 'Asia/Jakarta', en, dated)).toBe(words);
});

it.each([
  [{ kind: 'on' } as const, 'Taking leads'],
  [{ kind: 'full' } as const, 'Full for today'],
  [{ kind: 'closed', backMs: null } as const, 'No working hours set'],
  [{ kind: 'closed', backMs: local('2026-11-24T08:00') } as const, 'Outside hours, back tomorrow 08:00'],
  [{ kind: 'paused', untilMs: local('2026-11-23T21:00'), backMs: local('2026-11-23T21:00') } as const, 'Paused till 21:00'],
  [
    { kind: 'paused', untilMs: local('2026-11-23T21:00'), backMs: local('2026-11-24T08:00') } as const,
    'Paused till 21:00, back tomorrow 08:00',
  ],
])('%j in words', (duty, text) => {
  expect(dutyText(duty, NOW, 'Asia/Jakarta', en, dated)).toBe(text);
});
