import { describe, expect, it } from 'vitest';
import { DAY, isOpenAt, openOn, painted, stretchesOf, untilOpen, WEEK, windowsOf, type Window } from './hours';

const window = (days: string, from: string, to: string): Window => ({ days: days.split(' '), from, to });
const OFFICE = [window('mon tue wed thu fri', '08:00', '17:00')];
const SUNDAY_NIGHT = [window('sun', '22:00', '06:00')];
const h = (day: number, hour: number) => day * DAY + hour * 60;

describe('windows', () => {
  it.each([
    ['a night', [window('fri', '22:00', '06:00')], [[h(4, 22), h(5, 6)]]],
    ['a night round the week', SUNDAY_NIGHT, [[0, h(0, 6)], [h(6, 22), WEEK]]],
    ['a whole day', [window('mon', '09:00', '09:00')], [[0, DAY]]],
    ['until midnight', [window('tue', '18:00', '24:00')], [[h(1, 18), h(2, 0)]]],
    ['until 00:00', [window('tue', '18:00', '00:00')], [[h(1, 18), h(2, 0)]]],
    ['what touches', [window('mon', '08:00', '12:00'), window('mon', '12:00', '13:00')], [[h(0, 8), h(0, 13)]]],
    ['never', [], []],
  ])('are stretches of the week: %s', (_, windows, stretches) => {
    expect(stretchesOf(windows)).toEqual(stretches);
  });

  it.each([
    ['equal days are one window', OFFICE],
    ['two ranges a day', [window('mon tue', '08:00', '12:00'), window('mon tue', '13:00', '17:00')]],
    ['a night', [window('fri sat', '20:30', '04:00')]],
    ['a night round the week', SUNDAY_NIGHT],
    ['whole days', [window('sat sun', '00:00', '24:00')]],
    ['never', []],
  ])('come back from stretches: %s', (_, windows) => {
    expect(windowsOf(stretchesOf(windows))).toEqual(windows);
  });

  it('say the same in other words where they overlap or are very long', () => {
    for (const windows of [
      [window('mon tue', '08:00', '20:00'), window('mon', '14:00', '10:00')],
      [window('sun', '13:00', '12:30'), window('mon', '12:00', '18:00')],
      [window('mon wed sat sun', '06:15', '06:15'), window('tue', '23:45', '00:00')],
    ]) {
      const stretches = stretchesOf(windows);
      expect(stretchesOf(windowsOf(stretches))).toEqual(stretches);
    }
  });
});

describe('painting', () => {
  it('adds, and joins', () => {
    expect(windowsOf(painted(stretchesOf(OFFICE), h(0, 17), h(0, 19), true))).toEqual([
      window('mon', '08:00', '19:00'),
      window('tue wed thu fri', '08:00', '17:00'),
    ]);
  });

  it('wipes out of the middle', () => {
    const noon = painted(stretchesOf([window('mon', '08:00', '17:00')]), h(0, 12), h(0, 13), false);
    expect(windowsOf(noon)).toEqual([window('mon', '08:00', '12:00'), window('mon', '13:00', '17:00')]);
  });

  it('wipes all that it passes over', () => {
    expect(painted(stretchesOf(OFFICE), h(0, 0), h(4, 12), false)).toEqual([[h(4, 12), h(4, 17)]]);
  });
});

it('a day shows what began the evening before', () => {
  const night = stretchesOf(SUNDAY_NIGHT);
  expect(openOn(night, 0)).toEqual([[0, 360]]);
  expect(openOn(night, 6)).toEqual([[1320, DAY]]);
  expect(openOn(night, 3)).toEqual([]);
});

it.each([
  [OFFICE, h(0, 7), 60],
  [OFFICE, h(0, 8), 0],
  [OFFICE, h(0, 17), 15 * 60],
  [OFFICE, h(4, 17), 63 * 60],
  [SUNDAY_NIGHT, h(0, 6), 6 * DAY + 16 * 60],
  [[], 0, null],
])('%j at minute %i opens in %s minutes', (windows, minute, wait) => {
  const stretches = stretchesOf(windows);
  expect(untilOpen(stretches, minute)).toBe(wait);
  expect(isOpenAt(stretches, minute)).toBe(wait === 0);
});
