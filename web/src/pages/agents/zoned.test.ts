import { describe, expect, it } from 'vitest';
import { inputOf, laterDay, momentOf, parseInput, wallOf } from './zoned';

const at = (text: string) => Date.parse(text);

it.each([
  ['2026-11-23T01:00:00Z', 'Asia/Jakarta', { date: '2026-11-23', minute: 480, weekday: 0 }],
  ['2026-11-22T17:30:00Z', 'Asia/Jakarta', { date: '2026-11-23', minute: 30, weekday: 0 }],
  ['2026-11-22T17:30:00Z', 'UTC', { date: '2026-11-22', minute: 1050, weekday: 6 }],
  ['2026-11-22T18:20:00Z', 'Asia/Kathmandu', { date: '2026-11-23', minute: 5, weekday: 0 }],
])('%s is on the wall of %s', (text, zone, wall) => {
  expect(wallOf(at(text), zone)).toEqual(wall);
});

describe('a clock shows a time', () => {
  it.each([
    ['2026-11-23', 480, 'Asia/Jakarta', '2026-11-23T01:00:00Z'],
    ['2026-11-23', 1440, 'Asia/Jakarta', '2026-11-23T17:00:00Z'],
    // Berlin leaves out 02:00 to 03:00 on 29 March, and has it twice on 25 October.
    ['2026-03-29', 60, 'Europe/Berlin', '2026-03-29T00:00:00Z'],
    ['2026-03-29', 150, 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-03-29', 200, 'Europe/Berlin', '2026-03-29T01:20:00Z'],
    ['2026-10-25', 150, 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-10-25', 240, 'Europe/Berlin', '2026-10-25T03:00:00Z'],
  ])('%s, minute %i in %s', (date, minute, zone, text) => {
    expect(new Date(momentOf(date, minute, zone)).toISOString()).toBe(new Date(text).toISOString());
  });
});

it('goes over months and years', () => {
  expect(laterDay('2026-12-31', 1)).toBe('2027-01-01');
});

it('is typed in the zone, not in the browser', () => {
  const ms = at('2026-11-23T01:05:00Z');
  expect(inputOf(ms, 'Asia/Makassar')).toBe('2026-11-23T09:05');
  expect(parseInput('2026-11-23T09:05', 'Asia/Makassar')).toBe(ms);
  expect(parseInput('', 'Asia/Makassar')).toBeNull();
});
