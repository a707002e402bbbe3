import { expect, it, vi } from 'vitest';

vi.mock('../../show.svelte', () => ({ show: { date: (at: string) => at.slice(0, 10) } }));
vi.mock('../../preferences.svelte', () => ({ preferences: { language: 'en' } }));
const { versionEnd, warningText } = await import('./warning');

it.each([
  [
    'LinkedIn will stop answering to version 202601 of its API about 2027-01-15. Raise api_version before then, or events will wait.',
    { version: '202601', day: '2027-01-15', isOver: false },
  ],
  [
    'LinkedIn was to stop answering to version 202401 of its API about 2025-01-15. Raise api_version.',
    { version: '202401', day: '2025-01-15', isOver: true },
  ],
  ['The stored credentials cannot be used. Enter them again.', null],
])('%s', (warning, end) => {
  expect(versionEnd(warning)).toEqual(end);
});

it('a warning that is not known keeps the server’s words', () => {
  expect(warningText('Something new.')).toBe('Something new.');
});
