// What the API says of ad platforms, by short names.

import type { Schemas } from '../../api';

export type Destination = Schemas['Destination'];
export type Delivery = Schemas['Delivery'];
export type Platform = Schemas['DestinationPlatform'];
export type Trigger = Schemas['EventTrigger'];
export type DeliveryState = Schemas['DeliveryState'];
export type Consent = Schemas['Consent'];
export type TestResult = Schemas['TestResult'];

export const PLATFORMS: readonly Platform[] = ['meta', 'google', 'tiktok', 'linkedin'];

export const DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'held', 'sent', 'confirmed', 'dropped', 'expired'];

/** In the order in which a lead passes through them. */
export const TRIGGERS: readonly Trigger[] = [
  'click',
  'arrived',
  'contacted',
  'responded',
  'qualified',
  'hot',
  'proposal',
  'negotiation',
  'invoice',
  'won',
  'lost',
];

/** Google and LinkedIn know actions by number; Meta and TikTok know events by name. */
export function hasActions(platform: Platform): boolean {
  return platform === 'google' || platform === 'linkedin';
}

/** These show a test event by a code that one copies from them. */
export function wantsTestCode(platform: Platform): boolean {
  return platform === 'meta' || platform === 'tiktok';
}
