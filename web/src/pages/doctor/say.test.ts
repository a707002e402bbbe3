import { describe, expect, it, vi } from 'vitest';

const preferences = vi.hoisted(() => ({ language: 'en' }));
vi.mock('../../preferences.svelte', () => ({ preferences }));

import { sentences, type Finding, type Kind } from './say';
import { told } from './told';

const finding = (kind: Kind, details: Record<string, string> = {}): Finding => ({
  id: `${kind}:7`,
  kind,
  severity: 'warning',
  cause: '',
  fix: '',
  place: null,
  subject: 'gclid',
  rotator_id: null,
  agent_id: null,
  destination_id: null,
  count: 1200,
  example: 'x',
  lead_code: null,
  since: '2026-11-29T03:00:00.000Z',
  at: null,
  details,
});
const shows = { number: (n: number) => `#${n}`, moment: (at: string) => at.slice(0, 10), platform: (name: string) => name.toUpperCase() };

describe('sentences', () => {
  for (const language of ['en', 'id'] as const) {
    it(`say all of every kind in ${language}`, () => {
      preferences.language = language;
      for (const [kind, say] of Object.entries(sentences())) {
        const said = say(told(finding(kind as Kind, { platform: 'tiktok' }), shows));
        expect(said.title, kind).not.toMatch(/undefined|NaN/);
        expect(said.cause, kind).toMatch(/[.]$/);
        expect(said.fix, kind).toMatch(/[.]$/);
      }
    });
  }

  it('name the platform, the figure and the fix that belongs to the parameter', () => {
    preferences.language = 'en';
    expect(sentences().platform_untold(told(finding('platform_untold', { platform: 'tiktok' }), shows)).title).toBe(
      'TIKTOK is told nothing',
    );
    const macro = sentences().macro(told(finding('macro'), shows));
    expect(macro.cause).toContain('#1200');
    expect(macro.fix).toContain('auto-tagging');
  });
});
