import { expect, it } from 'vitest';
import { hoursLine } from './hours';

const all = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const window = (days: string[], from: string, to: string) => ({ days, from, to });

it.each([
  [[window(all.slice(0, 6), '08:00', '17:00')], 'Mon–Sat 08–17'],
  [[window(all, '08:30', '24:00')], 'Daily 08:30–24'],
  [[window(['sat', 'sun'], '10:00', '15:00')], 'Sat, Sun 10–15'],
  [[window(['wed', 'mon', 'fri'], '09:00', '12:00')], 'Mon, Wed, Fri 09–12'],
  [[window(['mon'], '08:00', '12:00'), window(['mon'], '13:00', '17:00')], 'Mon 08–12, Mon 13–17'],
  [[window(['mon'], '1', '2'), window(['tue'], '1', '2'), window(['wed'], '1', '2')], 'Mon 1–2, Tue 1–2, …'],
  [[], ''],
])('%j', (hours, wanted) => {
  expect(hoursLine(hours, { language: 'en', daily: 'Daily' })).toBe(wanted);
});

it('names the days in Indonesian', () => {
  const hours = [window(['mon', 'tue', 'wed'], '08:00', '17:00')];
  expect(hoursLine(hours, { language: 'id', daily: 'Setiap hari' })).toBe('Sen–Rab 08–17');
});
