import { describe, expect, it } from 'vitest';
import type { Rotator } from '../../api';
import { bodyOf, differs, draftOf, lacksFallback, newDraft, previewOf, standing, type Draft } from './draft';

const rotator: Rotator = {
  id: '7',
  created_at: '2026-10-01T02:00:00.000Z',
  slug: 'promo',
  name: 'Promo',
  mode: 'page',
  message: 'Halo {agent} [{code}]',
  target: 'api',
  fallback: '6281234567890',
  agents: [{ agent_id: '1', weight: 50 }, { agent_id: '2', weight: 0 }],
  learning: { least_percent: 50, window_days: 90, wait_days: 7, frozen: false },
  page: {
    brand: 'Toko',
    title: 'Promo',
    text: null,
    button: null,
    logo_url: null,
    form: { fields: [{ name: 'nama', label: 'Nama', type: 'text', required: true }], consent: 'Saya setuju' },
  },
  links: ['https://wa.brand.com/wa/promo'],
  warnings: [],
};

const given = (more: Partial<Rotator>) => draftOf({ ...rotator, ...more });
const changed = (more: Partial<Draft>) => ({ ...draftOf(rotator), ...more });

describe('a rotator', () => {
  it('comes back from its fields as it was', () => {
    const { id, created_at, links, warnings, ...fields } = rotator;
    expect(bodyOf(draftOf(rotator))).toEqual({ ...fields, fallback: '+6281234567890' });
  });

  it.each<[Partial<Rotator>, Partial<Draft>]>([
    [{ mode: 'redirect', page: null }, { view: 'redirect' }],
    [{ mode: 'page', page: null }, { view: 'page' }],
    [{}, { view: 'form' }],
    [{ fallback: null }, { away: 'waiting', phone: '', url: '' }],
    [{ fallback: 'https://wa.me/628' }, { away: 'url', url: 'https://wa.me/628', phone: '' }],
    [{}, { away: 'phone', phone: '+6281234567890' }],
  ])('with %j shows %j', (more, wanted) => {
    expect(given(more)).toMatchObject(wanted);
  });
});

describe('what is saved', () => {
  it.each<[string, Partial<Draft>, object]>([
    ['no fallback though a number was typed', { away: 'waiting' }, { fallback: null }],
    ['the address that is chosen', { away: 'url', url: ' https://a.id ' }, { fallback: 'https://a.id' }],
    ['the slug as a name', { name: ' ', slug: 'Promo' }, { name: 'promo', slug: 'promo' }],
    ['a page without its form', { view: 'page' }, { mode: 'page', page: { form: null } }],
    ['the form, kept behind a redirect', { view: 'redirect' }, { mode: 'redirect', page: { form: { consent: 'Saya setuju' } } }],
  ])('%s', (_, more, wanted) => {
    expect(bodyOf(changed(more))).toMatchObject(wanted);
  });

  it('has no page while nothing is said on it', () => {
    expect(bodyOf(newDraft('Halo', [])).page).toBeNull();
  });

  it('starts with everybody who is switched on', () => {
    const agents = [{ id: '1', active: true }, { id: '2', active: false }];
    expect(bodyOf(newDraft('Halo', agents)).agents).toEqual([{ agent_id: '1', weight: 1 }]);
  });
});

it.each<[Partial<Draft>, boolean]>([
  [{}, false],
  [{ name: 'Promo ' }, false],
  [{ url: 'https://not-chosen.id' }, false],
  [{ name: 'Lain' }, true],
  [{ agents: [{ agent_id: '2', weight: 0 }, { agent_id: '1', weight: 50 }] }, true],
])('%j would change something: %s', (more, wanted) => {
  expect(differs(changed(more), draftOf(rotator))).toBe(wanted);
});

it.each<[Partial<Draft>, boolean]>([
  [{}, false],
  [{ away: 'url' }, true],
  [{ away: 'waiting' }, false],
])('%j lacks its fallback: %s', (more, wanted) => {
  expect(lacksFallback(changed(more))).toBe(wanted);
});

it('does not ask about a slug that is not possible yet', () => {
  expect(previewOf(changed({ slug: 'a b' }), '7')).not.toHaveProperty('slug');
  expect(previewOf(changed({}), '7')).toMatchObject({ rotator_id: '7', slug: 'promo', mode: 'page' });
});

it.each<[Partial<Draft>, string | null]>([
  [{}, '+6281234567890'],
  [{ phone: '0812' }, null],
  [{ away: 'url', url: 'https://w' }, null],
  [{ away: 'url', url: 'https://wa.me/628' }, 'https://wa.me/628'],
  [{ away: 'waiting' }, null],
])('with %j asks about the fallback %s', (more, wanted) => {
  expect(previewOf(changed(more), '7').fallback).toBe(wanted);
});

it('keeps an error while its field says what was refused', () => {
  const errors = { slug: 'Taken.', 'agents[0].weight': 'Too much.', 'page.logo_url': 'No address.' };
  const refused = { slug: 'promo', agents: [{ weight: 5000 }], page: { logo_url: 'x' } };
  const now = { slug: 'promo', agents: [{ weight: 10 }], page: { logo_url: 'x' } };
  expect(standing(errors, refused, now)).toEqual({ slug: 'Taken.', 'page.logo_url': 'No address.' });
});
