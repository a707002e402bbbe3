import { expect, it } from 'vitest';
import { pauseEnd } from './pause';

it.each([
  ['hour', '2026-11-30T23:15:00+07:00'],
  ['hours', '2026-12-01T02:15:00+07:00'],
  ['tomorrow', '2026-12-01T06:00:00+07:00'],
] as const)('a pause of kind %s ends %s', (pause, end) => {
  expect(pauseEnd(pause, Date.parse('2026-11-30T22:15:00+07:00'), 'Asia/Jakarta')).toBe(Date.parse(end));
});

it('tomorrow is that of the zone', () => {
  const now = Date.parse('2026-11-30T22:15:00+07:00');
  expect(pauseEnd('tomorrow', now, 'Asia/Jayapura')).toBe(Date.parse('2026-12-02T06:00:00+09:00'));
});
