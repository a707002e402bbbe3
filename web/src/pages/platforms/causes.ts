// What a platform's code means, as one of a few causes that we have words for (`causeWords.ts`). The tables follow
// those of the server (`crates/platforms/src/*/decode.rs`); an unknown code has no cause and keeps the server's words.

import type { Platform } from './model';

export type Cause =
  // Somebody has to mend it.
  | 'token_refused'
  | 'token_expired'
  | 'no_permission'
  | 'app_secret'
  | 'google_grant'
  | 'google_access'
  | 'google_scope'
  | 'google_not_allowed'
  | 'dataset_unknown'
  | 'version_ended'
  | 'action_wrong'
  | 'account_wrong'
  | 'terms'
  | 'pixel_unknown'
  | 'rule_wrong'
  | 'rule_unknown'
  // An event was refused, or not sent at all.
  | 'click_id_bad'
  | 'click_unknown'
  | 'click_of_other_account'
  | 'time_bad'
  | 'value_missing'
  | 'event_bad'
  | 'google_consent'
  | 'google_braid'
  | 'too_old'
  | 'no_consent'
  | 'destination_removed'
  | 'click_erased'
  // It passes by itself.
  | 'too_many'
  | 'action_new'
  | 'passing';

/** How much of the destination a code concerns; some codes mean different things. */
export type Scope = 'auth' | 'config' | 'event';

type Row = readonly [code: RegExp, cause: Cause, scope?: Scope];

/** Of every destination: the server's own codes. */
const OURS: readonly Row[] = [
  [/^too_old$/, 'too_old'],
  [/^no_consent$/, 'no_consent'],
  [/^destination_removed$/, 'destination_removed'],
  [/^click_erased$/, 'click_erased'],
];

const TABLE: Record<Platform, readonly Row[]> = {
  meta: [
    [/^190\/463$/, 'token_expired'],
    [/^(190|102)\b/, 'token_refused'],
    [/^(10|3|2\d\d)(\/|$)/, 'no_permission'],
    [/^100\b/, 'app_secret', 'auth'],
    [/^(100\/33$|803\b)/, 'dataset_unknown'],
    [/^100\b/, 'dataset_unknown', 'config'],
    [/^(2635|2500)\b/, 'version_ended'],
    [/^100\/2804001$/, 'click_id_bad'],
    [/^100\/2804003$/, 'time_bad'],
    [/^100\/280400[79]$/, 'value_missing'],
    [/^100\b/, 'event_bad'],
    [/^(4|17|32|341|368|613|800\d\d)(\/|$)/, 'too_many'],
    [/^(1|2|5000|21009)(\/|$)/, 'passing'],
  ],
  google: [
    [/^invalid_grant$/, 'google_grant'],
    [/^(PERMISSION_DENIED|SERVICE_DISABLED)$/, 'google_access'],
    [/^ACCESS_TOKEN_SCOPE_INSUFFICIENT$/, 'google_scope'],
    [/^NOT_ALLOWLISTED$/, 'google_not_allowed'],
    [/^(UNAUTHENTICATED|401|403|(invalid|unauthorized)_client)$/, 'token_refused'],
    [/^(INVALID_CONVERSION_ACTION_(ID|TYPE)|EVENT_SOURCE_AND_DESTINATION_MISMATCH)$/, 'action_wrong'],
    [/^(INVALID_DESTINATION|NOT_FOUND|OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH)$/, 'account_wrong'],
    [/^(DESTINATION_ACCOUNT_TYPE_MISMATCH|MISMATCHED_ACCOUNT_TYPE)$/, 'account_wrong'],
    [/^(TERMS_AND_CONDITIONS_NOT_SIGNED|DESTINATION_ACCOUNT_.*ENHANCED_CONVERSIONS.*|EU_POLITICAL_.*)$/, 'terms'],
    [/^CONVERSION_ACTION_TOO_RECENTLY_CREATED$/, 'action_new'],
    [/^(EVENT_TIME_INVALID|CONVERSION_PRECEDES_CLICK|EVENT_TOO_OLD)$/, 'time_bad'],
    [/^(INVALID_AD_IDENTIFIER_FOR_ACCOUNT|.*ACCOUNT_(MISMATCH_FOR_AD_IDENTIFIER|FOR_CLICK))$/, 'click_of_other_account'],
    [/^(INVALID_(GCLID|GBRAID|WBRAID))$/, 'click_id_bad'],
    [/^(CLICK_NOT_FOUND|INVALID_CLICK)$/, 'click_unknown'],
    [/^(NO|DENIED|UNKNOWN)_CONSENT$/, 'google_consent'],
    [/^ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID$/, 'google_braid'],
    [/^(NO_IDENTIFIERS_PROVIDED|INVALID_SHA256_FORMAT|INVALID_ARGUMENT|FAILED_PRECONDITION|OUT_OF_RANGE)$/, 'event_bad'],
    [/^(RESOURCE_EXHAUSTED|RATE_LIMIT_EXCEEDED|429)$/, 'too_many'],
    [/^(INTERNAL_ERROR|INTERNAL|DEADLINE_EXCEEDED|UNAVAILABLE|TOO_RECENT_CLICK|5\d\d)$/, 'passing'],
  ],
  tiktok: [
    [/^40001$/, 'no_permission'],
    [/^4010[1-5]$/, 'token_refused'],
    [/^40002$/, 'pixel_unknown', 'config'],
    [/^(40002|20001)$/, 'event_bad'],
    [/^40100$/, 'too_many'],
    [/^(40700|5\d{4})$/, 'passing'],
  ],
  linkedin: [
    [/NONEXISTENT_VERSION|VERSION_MISSING|^426/, 'version_ended'],
    [/^401\b/, 'token_refused'],
    [/^403\b/, 'no_permission'],
    [/^404\b/, 'rule_unknown'],
    [/^400\b/, 'rule_wrong', 'config'],
    [/^(400|422)\b/, 'event_bad'],
    [/^429\b/, 'too_many'],
    [/^5\d\d\b/, 'passing'],
  ],
};

export function causeOf(platform: Platform, code: string | null, scope: Scope = 'event'): Cause | null {
  if (!code) return null;
  const row = [...OURS, ...TABLE[platform]].find(([form, , only]) => (!only || only === scope) && form.test(code));
  return row?.[1] ?? null;
}

/** Google tells the fate of an event hours later, in words that name the reason: `1 × CLICK_NOT_FOUND (…)`. */
export function causeInWords(platform: Platform, reason: string | null): Cause | null {
  if (platform !== 'google' || !reason) return null;
  for (const [name] of reason.matchAll(/\b[A-Z]+(?:_[A-Z0-9]+)+\b/g)) {
    const cause = causeOf(platform, name);
    if (cause) return cause;
  }
  return null;
}

/** What has to be entered anew to mend it; `null` for what is mended at the platform, or passes. */
export function mendedBy(cause: Cause | null): 'auth' | 'config' | null {
  switch (cause) {
    case 'token_refused':
    case 'token_expired':
    case 'no_permission':
    case 'app_secret':
    case 'google_grant':
    case 'google_scope':
      return 'auth';
    case 'dataset_unknown':
    case 'version_ended':
    case 'action_wrong':
    case 'account_wrong':
    case 'pixel_unknown':
    case 'rule_wrong':
    case 'rule_unknown':
      return 'config';
    default:
      return null;
  }
}
