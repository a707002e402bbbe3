// The filters as they stand in the address, as the API takes them, and as a lead meets them.

import type { Lead } from '../../api';
import type { paths } from '../../api/schema';
import type { Query } from '../../query';

export type LeadsQuery = NonNullable<paths['/api/v1/leads']['get']['parameters']['query']>;

/** Those that have a chip of their own only while they are set: a report asks for them, and who looks there takes them off. */
export const BEHIND = [
  'source',
  'campaign',
  'first_platform',
  'browser',
  'in_app',
  'without',
  'made_by',
  'arrived',
  'sold_from',
  'sold_to',
  'sold_returning',
  'sold_after_days',
  'sold_within_days',
] as const;

/** What the address may hold; the rest of it (the open lead) is no filter. */
export const FILTERS = [
  'status',
  'agent_id',
  'rotator_id',
  'platform',
  'tracking_status',
  ...BEHIND,
  'from',
  'to',
  'days',
  'q',
] as const;

/** What it takes the server to tell. */
const TOLD_BY_SERVER = BEHIND.filter((name) => name !== 'source' && name !== 'campaign' && name !== 'first_platform' && name !== 'made_by');

/** `firstDay(7)` is the day with which the last seven days begin. */
export function apiQuery(query: Query, firstDay: (days: number) => string): LeadsQuery {
  const wanted: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = query[name];
    if (value && name !== 'days') wanted[name] = value;
  }
  const days = Number(query.days);
  if (days > 0 && !wanted.from) wanted.from = firstDay(days);
  return wanted as LeadsQuery;
}

export function hasFilter(query: Query): boolean {
  return FILTERS.some((name) => query[name]);
}

/** Whether a lead that just came belongs into the list; what it takes the server to tell is no. */
export function fits(lead: Lead, query: LeadsQuery): boolean {
  const { source, campaign } = lead.first_touch.utm as Record<string, string | undefined>;
  return (
    !query.q &&
    !query.to &&
    !TOLD_BY_SERVER.some((name) => query[name]) &&
    same(query.first_platform, lead.first_touch.platform) &&
    query.made_by !== 'other' &&
    same(query.status, lead.status) &&
    same(query.agent_id, lead.agent_id) &&
    same(query.rotator_id, lead.rotator_id) &&
    same(query.tracking_status, lead.tracking_status) &&
    same(query.source, source) &&
    same(query.campaign, campaign) &&
    (!query.platform || query.platform === lead.first_touch.platform || query.platform === lead.last_touch.platform)
  );
}

function same(wanted: string | null | undefined, is: string | null | undefined): boolean {
  return !wanted || wanted === is;
}
