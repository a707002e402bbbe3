// The filters of the deliveries as they stand in the address, and as the API takes them.

import type { paths } from '../../api/schema';
import type { Query } from '../../query';

export type DeliveryQuery = NonNullable<paths['/api/v1/deliveries']['get']['parameters']['query']>;

/** What the address may hold; the open delivery is no filter. */
export const FILTERS = ['destination_id', 'state', 'event', 'lead_id', 'days'] as const;

/** `firstDay(7)` is the day with which the last seven days begin. */
export function apiQuery(query: Query, firstDay: (days: number) => string): DeliveryQuery {
  const wanted: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = query[name];
    if (value && name !== 'days') wanted[name] = value;
  }
  const days = Number(query.days);
  if (days > 0) wanted.from = firstDay(days);
  return wanted as DeliveryQuery;
}

export function hasFilter(query: Query): boolean {
  return FILTERS.some((name) => query[name]);
}
