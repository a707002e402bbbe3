import { beforeAll, describe, expect, it, vi } from 'vitest';

vi.mock('../../preferences.svelte', () => ({ preferences: { language: 'en' } }));

const NOW = Date.parse('2026-11-22T10:00:00Z');
const hold = { kind: 'auth', code: '40105', reason: 'Access token is incorrect', since: '2026-11-21T10:00:00Z', fix: '' };
const destination = (more: object) =>
  ({ id: '7', name: 'TikTok', platform: 'tiktok', hold, stats: { pending: 14 }, ...more }) as never;
const alert = (kind = 'destination_held') =>
  ({ id: '1', kind, message: 'As the server says it.', since: '2026-11-21T10:00:00Z', destination_id: '7' }) as never;
const around = { deadline: '2026-11-28T11:00:00Z', others: 0, count: String };

describe('the banner', async () => {
  const { alertText } = await import('./alertText');
  beforeAll(() => vi.setSystemTime(NOW));

  it('says what is held, that nothing is lost, and by when', () => {
    expect(alertText(alert(), destination({}), around)).toEqual({
      title: 'TikTok holds 14 events.',
      text: 'The access token was refused. Nothing is lost: they go out once that is mended (within 6 days).',
      path: '/platforms/7',
      query: { fix: 'auth' },
    });
  });

  it.each([
    ['nothing waits', destination({ stats: { pending: 0 } }), { deadline: null }, 'TikTok is on hold.', 'new events wait until that is mended.'],
    ['one event', destination({ stats: { pending: 1 } }), {}, 'TikTok holds 1 event.', 'it goes out once that is mended'],
    ['settings', destination({ hold: { ...hold, kind: 'config' } }), {}, 'TikTok holds 14 events.', 'The settings were refused.'],
    ['several', destination({}), { others: 2 }, 'TikTok holds 14 events.', '2 more need attention.'],
    ['removed', undefined, {}, 'Something needs attention.', 'As the server says it.'],
  ])('%s', (_, destination, more, title, part) => {
    const told = alertText(alert(), destination, { ...around, ...more });
    expect(told.title).toBe(title);
    expect(told.text).toContain(part);
  });

  it('leads to the webhook that was switched off, also where a platform waits besides', () => {
    const given = { id: '2', kind: 'webhook_disabled', message: '', since: '2026-11-21T10:00:00Z', destination_id: null, webhook_id: '9' };
    for (const others of [0, 1]) {
      const told = alertText(given, undefined, { ...around, others });
      expect(told).toMatchObject({ path: '/settings/webhooks', query: { webhook: '9' } });
      expect(told.text.includes('One more needs attention.')).toBe(others === 1);
    }
  });

  it('keeps the server’s words for a kind that it does not know', () => {
    expect(alertText(alert('disk_full'), destination({}), around).text).toBe('As the server says it.');
  });

  it('leads to the answers of one that is silent', () => {
    const told = alertText(alert('destination_silent'), destination({ hold: null }), around);
    expect(told).toMatchObject({ path: '/platforms/deliveries', query: { destination_id: '7', state: 'pending' } });
  });
});
