// From a line of a report to the leads behind it.

import { link } from '../../router.svelte';
import type { Query } from '../../query';
import type { Days, Range } from './range';

/** The days as the list of leads takes them. Where it has a word for them, that word stands in its filter chip. */
export function leadDays({ period, from, to }: Range): Query {
  if (period === 'today') return { days: '1' };
  if (period === '7' || period === '30' || period === '90') return { days: period };
  return { from, to };
}

/** Leads that were won in these days, whenever they first came. */
export function soldHref(days: Days, rotator: string | undefined, filter: Query): string {
  return link('/leads', { sold_from: days.from, sold_to: days.to, rotator_id: rotator, ...filter });
}

/** Where the leads of these days are listed that fit `filter`. */
export function leadsHref(range: Range, rotator: string | undefined, filter: Query): string {
  return link('/leads', { ...leadDays(range), rotator_id: rotator, ...filter });
}
