import { describe, expect, it } from 'vitest';
import { ago, day, money, percent, phone, since, span, zoneName } from './format';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const plain = (text: string) => text.replaceAll(/\s/g, ' ');

describe('times', () => {
  it.each([
    [12, '12 s', '12 dtk'],
    [59 * 60, '59 min', '59 mnt'],
    [23 * 3600, '23 h', '23 jam'],
    [24 * 3600, '21 Nov', '21 Nov'],
    [400 * 86400, '18 Oct 2025', '18 Okt 2025'],
  ])('%i seconds ago: %s, %s', (seconds, en, id) => {
    expect(ago(before(seconds), NOW, 'en', 'Asia/Jakarta')).toBe(en);
    expect(ago(before(seconds), NOW, 'id', 'Asia/Jakarta')).toBe(id);
  });

  it('say "ago" only where a date would not', () => {
    expect(since(before(12), NOW, 'id', 'UTC')).toBe('12 dtk lalu');
    expect(since(before(86400), NOW, 'en', 'UTC')).toBe('21 Nov');
  });

  it('are days of the workspace, not of the browser', () => {
    expect(day(Date.parse('2026-11-22T18:00:00Z'), 'Asia/Jakarta')).toBe('2026-11-23');
    expect(day(Date.parse('2026-11-22T18:00:00Z'), 'UTC')).toBe('2026-11-22');
  });

  it('last', () => {
    expect(span(31 * 60_000, 'en')).toBe('31 min');
    expect(span(3 * 86_400_000, 'id')).toBe('3 hari');
  });

  it('name the zones of Indonesia as people do', () => {
    expect(zoneName('Asia/Makassar', 'en')).toBe('WITA');
    expect(zoneName('Nowhere/Never', 'en')).toBe('Nowhere/Never');
  });
});

it.each([
  [1250000, 'IDR', 'en', 'Rp 1.250.000'],
  [1250000, 'IDR', 'id', 'Rp 1.250.000'],
  [149.5, 'SGD', 'en', 'SGD 149.50'],
  [5, 'not a currency', 'en', 'not a currency 5'],
] as const)('%d %s in %s is %s', (value, currency, language, text) => {
  expect(plain(money(value, currency, language)).replace('SGD149', 'SGD 149')).toBe(text);
});

it('a share follows the language', () => {
  expect([percent(0.333, 'en'), percent(0.333, 'id')]).toEqual(['33.3 %', '33,3 %']);
});

it.each([
  ['6281234567890', 'ID', '0812-3456-7890'],
  ['6281234567890', 'SG', '+62 8123-4567-890'],
  ['6591234567', 'ID', '+6591234567'],
])('%s in %s is %s', (digits, home, text) => {
  expect(phone(digits, home)).toBe(text);
});
