import { expect, it } from 'vitest';
import { isSlug, slugOf, typed } from './slug';

it.each([
  ['Promo Lebaran 50%', 'promo-lebaran-50'],
  ['  Toko Kopi  ', 'toko-kopi'],
  ['Café & Té', 'cafe-te'],
  ['---', ''],
  ['促销', ''],
  ['x'.repeat(80), 'x'.repeat(64)],
])('%j is %j in a link', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

it.each([
  ['promo-1', true],
  ['', false],
  ['Promo', false],
  ['a b', false],
  ['x'.repeat(65), false],
])('%j is possible: %s', (slug, possible) => {
  expect(isSlug(slug)).toBe(possible);
});

it('makes small letters and hyphens of what is typed', () => {
  expect(typed('Promo Hari_Ini')).toBe('promo-hari-ini');
});
