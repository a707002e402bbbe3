import { expect, it, vi } from 'vitest';
import { Failure } from '../../api';

vi.mock('../../preferences.svelte', () => ({ preferences: { language: 'en' } }));
const { errorsOf, serverErrors } = await import('./entry');
const { FIELDS } = await import('./fields');

it('what is missing and what is wrong are said in other words', () => {
  const errors = errorsOf('google', FIELDS.google.settings, { account_id: '12', conversion_action_id: '' });
  expect(errors.account_id).toContain('ten digits');
  expect(errors.conversion_action_id).toContain('needed');
  expect(errors).not.toHaveProperty('login_account_id');
});

it('the server’s errors go to their fields', () => {
  const failure = new Failure(422, '', { 'settings.account_id': 'No.', 'credentials.refresh_token': 'Missing.' });
  expect(serverErrors(failure, 'settings')).toEqual({ account_id: 'No.' });
  expect(serverErrors(failure, 'credentials')).toEqual({ refresh_token: 'Missing.' });
});
