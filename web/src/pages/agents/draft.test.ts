import { expect, it } from 'vitest';
import type { Agent } from '../../api';
import { changesOf, draftOf, faultsOf, type Draft } from './draft';

const agent: Agent = {
  id: '1',
  created_at: '2026-10-01T02:00:00.000Z',
  name: 'Ayu',
  phone: '6281234567890',
  active: true,
  paused_until: null,
  hours: [{ days: ['mon'], from: '08:00', to: '17:00' }],
  time_zone: null,
  daily_cap: 20,
};
const draft = (change: Partial<Draft> = {}): Draft => ({ ...draftOf(agent, (digits) => `+${digits}`), ...change });

it.each<[Partial<Draft>, object]>([
  [{}, {}],
  [{ name: ' ' }, { name: 'name_missing' }],
  [{ phone: '' }, { phone: 'phone_missing' }],
  [{ phone: '0812 FLOWERS' }, { phone: 'phone_signs' }],
  [{ phone: '0812+3456' }, { phone: 'phone_signs' }],
  [{ phone: '0812' }, { phone: 'phone_short' }],
  [{ phone: '(0812) 345-678.90' }, {}],
  [{ daily_cap: '0' }, { daily_cap: 'cap_bad' }],
  [{ daily_cap: '2.5' }, { daily_cap: 'cap_bad' }],
  [{ daily_cap: ' ' }, {}],
  [{ hours: [{ days: [], from: '08:00', to: '17:00' }] }, { hours: 'no_days' }],
  [{ hours: [] }, {}],
])('%j has the faults %j', (change, faults) => {
  expect(faultsOf(draft(change))).toEqual(faults);
});

it.each<[Partial<Draft>, object]>([
  [{}, {}],
  [{ name: ' Ayu L. ' }, { name: 'Ayu L.' }],
  [{ daily_cap: '' }, { daily_cap: null }],
  [{ time_zone: 'Asia/Makassar' }, { time_zone: 'Asia/Makassar' }],
  [{ hours: null }, { hours: null }],
])('%j changes %j', (change, patch) => {
  expect(changesOf(draft(change), draft())).toEqual(patch);
});
