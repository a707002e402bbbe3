import { expect, it } from 'vitest';
import { dutyOf } from './duty';

const ZONE = 'Asia/Jakarta';
/** Monday. */
const NOW = Date.parse('2026-11-23T20:00:00+07:00');
const local = (text: string) => Date.parse(`${text}+07:00`);
const agent = { active: true, paused_until: null, hours: null, daily_cap: null };
const office = { ...agent, hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }] };

it.each([
  ['always', agent, 1000, { kind: 'on' }],
  ['off before all else', { ...office, active: false, paused_until: '2030-01-01T00:00:00Z' }, 0, { kind: 'off' }],
  [
    'paused',
    { ...agent, paused_until: '2026-11-23T14:00:00Z' },
    0,
    { kind: 'paused', untilMs: local('2026-11-23T21:00'), backMs: local('2026-11-23T21:00') },
  ],
  [
    'paused into the evening',
    { ...office, paused_until: '2026-11-27T11:00:00Z' },
    0,
    { kind: 'paused', untilMs: local('2026-11-27T18:00'), backMs: local('2026-11-30T08:00') },
  ],
  ['a pause that is over', { ...agent, paused_until: '2026-11-23T13:00:00Z' }, 0, { kind: 'on' }],
  ['outside of hours', { ...office, daily_cap: 1 }, 5, { kind: 'closed', backMs: local('2026-11-24T08:00') }],
  ['never', { ...agent, hours: [] }, 0, { kind: 'closed', backMs: null }],
  ['full', { ...agent, daily_cap: 3 }, 3, { kind: 'full' }],
  ['not full yet', { ...agent, daily_cap: 3 }, 2, { kind: 'on' }],
])('%s', (_, agent, turns, duty) => {
  expect(dutyOf(agent, turns, NOW, ZONE)).toEqual(duty);
});

it('hours are those of the zone', () => {
  expect(dutyOf(office, 0, NOW, 'Europe/Berlin')).toEqual({ kind: 'on' });
});

it('comes back by the clock although it is set forward in between', () => {
  const friday = Date.parse('2026-03-27T17:00:00+01:00');
  const back = Date.parse('2026-03-30T08:00:00+02:00');
  expect(dutyOf(office, 0, friday, 'Europe/Berlin')).toEqual({ kind: 'closed', backMs: back });
});
