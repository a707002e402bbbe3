import { expect, it } from 'vitest';
import type { Lead } from '../../api';
import { outcome } from './merge';

const lead = (fields: Partial<Lead>) => ({ click_count: 1, name: 'Visitor [A]', name_source: 'auto', ...fields }) as Lead;

const old = lead({ id: '1', first_seen: '2026-11-01T00:00:00Z', click_count: 3 });
const young = lead({ id: '2', first_seen: '2026-11-20T00:00:00Z', name: 'Rina', name_source: 'manual', click_count: 2 });

it('the older one stays, whichever was opened', () => {
  expect(outcome(old, young).stays.id).toBe('1');
  expect(outcome(young, old).stays.id).toBe('1');
  expect(outcome(young, old).goes.id).toBe('2');
});

it('clicks of both are kept, and the name that somebody gave', () => {
  expect(outcome(old, young)).toMatchObject({ clicks: 5, name: 'Rina', first_seen: old.first_seen });
});

it('an automatic name does not replace a given one', () => {
  const named = { ...old, name: 'Budi', name_source: 'form' } as Lead;
  expect(outcome(named, { ...young, name: 'Visitor [B]', name_source: 'auto' } as Lead).name).toBe('Budi');
});
