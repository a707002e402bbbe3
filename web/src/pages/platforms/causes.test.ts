import { describe, expect, it } from 'vitest';
import { causeInWords, causeOf, mendedBy, type Cause, type Scope } from './causes';
import type { Platform } from './model';

describe('the cause of a code', () => {
  it.each([
    ['meta', '190', undefined, 'token_refused'],
    ['meta', '190/463', 'auth', 'token_expired'],
    ['meta', '190/460', 'auth', 'token_refused'],
    ['meta', '200', 'auth', 'no_permission'],
    ['meta', '10', 'auth', 'no_permission'],
    ['meta', '100', 'auth', 'app_secret'],
    ['meta', '100/33', 'config', 'dataset_unknown'],
    ['meta', '100', 'config', 'dataset_unknown'],
    ['meta', '100/2804003', 'event', 'time_bad'],
    ['meta', '100/2804019', 'event', 'event_bad'],
    ['meta', '1', undefined, 'passing'],
    ['meta', '17', undefined, 'too_many'],
    ['meta', '2', undefined, 'passing'],
    ['meta', '80004', undefined, 'too_many'],
    ['meta', '999', undefined, null],
    ['google', 'invalid_grant', 'auth', 'google_grant'],
    ['google', 'NOT_FOUND', 'config', 'account_wrong'],
    ['google', 'CLICK_NOT_FOUND', undefined, 'click_unknown'],
    ['google', 'DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED', 'config', 'terms'],
    ['google', 'OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER', undefined, 'click_of_other_account'],
    ['tiktok', '40105', 'auth', 'token_refused'],
    ['tiktok', '40100', undefined, 'too_many'],
    ['tiktok', '40002', 'config', 'pixel_unknown'],
    ['tiktok', '40002', 'event', 'event_bad'],
    ['linkedin', '401/65600', 'auth', 'token_refused'],
    ['linkedin', '426/NONEXISTENT_VERSION', 'config', 'version_ended'],
    ['linkedin', '400', 'config', 'rule_wrong'],
    ['linkedin', '400', 'event', 'event_bad'],
    ['linkedin', 'no_consent', undefined, 'no_consent'],
    ['meta', 'too_old', undefined, 'too_old'],
    ['tiktok', null, undefined, null],
  ] as [Platform, string | null, Scope | undefined, Cause | null][])('%s %s (%s) is %s', (platform, code, scope, cause) => {
    expect(causeOf(platform, code, scope)).toBe(cause);
  });

  it.each([
    ['google', 'Google does not count all of it. 2 × CLICK_NOT_FOUND (Google does not know the click)', 'click_unknown'],
    ['google', '1 × SOMETHING_NEW, 1 × UNKNOWN_CONSENT', 'google_consent'],
    ['google', 'Google does not count all of it and gave no reason.', null],
    ['meta', '1 × CLICK_NOT_FOUND', null],
  ] as [Platform, string, Cause | null][])('in the words of %s: %s is %s', (platform, reason, cause) => {
    expect(causeInWords(platform, reason)).toBe(cause);
  });

  it.each([
    ['token_expired', 'auth'],
    ['rule_unknown', 'config'],
    ['terms', null],
    [null, null],
  ] as [Cause | null, string | null][])('%s is mended by other %s', (cause, part) => {
    expect(mendedBy(cause)).toBe(part);
  });
});
