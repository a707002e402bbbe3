import { describe, expect, it, vi } from 'vitest';
import type { Delivery, Destination } from './model';

const NOW = Date.parse('2026-11-22T10:00:00Z');
vi.mock('../../preferences.svelte', () => ({ preferences: { language: 'en' } }));
vi.mock('../../show.svelte', () => ({ present: { ms: NOW }, show: { span: (ms: number) => `${ms / 60_000} min` } }));
const { canReplay, stateWord, whyOf } = await import('./deliveryText');

const delivery = (more: Partial<Delivery>) =>
  ({
    platform: 'meta',
    state: 'pending',
    code: null,
    reason: null,
    attempts: 0,
    not_before: '2026-11-22T09:00:00Z',
    expires_at: '2026-11-29T08:00:00Z',
    response: null,
    ...more,
  }) as Delivery;
const destination = (more: Partial<Destination>) => ({ platform: 'meta', active: true, hold: null, ...more }) as Destination;

describe('why a delivery stands as it does', () => {
  it.each([
    ['it is due', {}, {}, 'Goes out in a moment.', null],
    ['too early', { platform: 'google', not_before: '2026-11-22T10:05:00Z', reason: 'Waits until …' }, {}, 'Goes out in 5 min: Google does not know a click earlier.', null],
    ['switched off', {}, { active: false }, 'Waits until the connection is switched on.', null],
    ['unreached', { attempts: 2, reason: 'timed out', response: { status: null } }, {}, 'Meta could not be reached. It is sent again by itself.', 'timed out'],
    ['asked for patience', { attempts: 2, code: '17', reason: 'User request limit reached' }, {}, 'Meta wants fewer requests for now. It is sent again by itself.', 'User request limit reached'],
    ['held', { state: 'held' }, { hold: { kind: 'auth', code: '190', reason: 'Bad', since: '', fix: '' } }, 'Meta refused the access token. Make a new one and paste it.', null],
    ['accepted by Google', { state: 'sent', platform: 'google' }, {}, 'Google has it, and says in some hours whether it counts.', null],
    ['refused in words', { state: 'dropped', reason: 'Something new.' }, {}, 'Something new.', null],
    ['not counted', { state: 'dropped', platform: 'google', reason: 'Google does not count all of it.' }, {}, 'Google does not count it.', 'Google does not count all of it.'],
    ['too old', { state: 'expired', code: 'too_old', reason: 'too old …' }, {}, 'It grew too old for Meta before it could be sent.', 'too old …'],
  ] as [string, object, object, string, string | null][])('%s', (_, of, at, text, words) => {
    expect(whyOf(delivery(of), destination(at))).toEqual({ text, words });
  });

  it('what was never sent was not refused', () => {
    expect(stateWord(delivery({ state: 'dropped', code: 'no_consent' }))).toBe('Not sent');
    expect(stateWord(delivery({ state: 'dropped', code: '100' }))).toBe('Refused');
  });

  it.each([
    [{ state: 'dropped', code: '100' }, true],
    [{ state: 'dropped', code: 'no_consent' }, false],
    [{ state: 'dropped', code: 'destination_removed' }, false],
    [{ state: 'expired', expires_at: '2026-11-22T09:00:00Z' }, false],
    [{ state: 'sent' }, false],
    [{ state: 'held' }, false],
  ] as [Partial<Delivery>, boolean][])('%o can be sent again: %s', (of, can) => {
    expect(canReplay(delivery(of), NOW)).toBe(can);
  });
});
