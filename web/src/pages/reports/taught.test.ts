import { expect, it, vi } from 'vitest';

const preferences = vi.hoisted(() => ({ language: 'en' }));
vi.mock('../../preferences.svelte', () => ({ preferences }));

import { failure } from '../../api';
import { refusal } from './taught';

const refused = (code: string, about?: string) =>
  failure(422, { detail: 'English.', errors: [{ field: 'value', message: 'English.', code, about }] });

it.each(['name', 'harmless', 'too_broad', 'network', 'too_wide', 'too_many'])('%s is said in both languages', (code) => {
  const said = (['en', 'id'] as const).map((language) => {
    preferences.language = language;
    return refusal(refused(code, 'Googlebot/2.1'));
  });
  expect(new Set([...said, 'English.']).size).toBe(3);
});

it('names the program that would count', () => {
  preferences.language = 'id';
  expect(refusal(refused('too_broad', 'Googlebot/2.1'))).toContain('misalnya Googlebot/2.1.');
});

it('says in the server’s words what it has none for', () => {
  preferences.language = 'id';
  expect(refusal(refused('new_reason'))).toBe('English.');
  expect(refusal(failure(500, { title: 'Internal Server Error' }))).toBe('Internal Server Error');
});
