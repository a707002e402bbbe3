// What a filter is called that a report set: in a chip, label and value.

import { calendarDay } from '../../format';
import { t } from '../../i18n';
import { preferences } from '../../preferences.svelte';
import { show } from '../../show.svelte';
import type { BEHIND } from './filters';
import { w } from './words';

type Behind = (typeof BEHIND)[number];

export function chip(name: Behind, value: string): { label: string; value?: string } {
  const c = w().behind;
  switch (name) {
    case 'source':
      return { label: w().source_is, value };
    case 'campaign':
      return { label: w().campaign, value };
    case 'first_platform':
      return { label: c.first_platform, value: (t().platform as Record<string, string>)[value] ?? value };
    case 'browser':
      return { label: c.browser, value };
    case 'in_app':
      return { label: c.in_app, value: value.charAt(0).toUpperCase() + value.slice(1) };
    case 'without':
      return { label: value.split(',').map((word) => c.without[word as keyof typeof c.without] ?? word).join(', ') };
    case 'made_by':
      return { label: value === 'click' ? c.by_click : c.by_other };
    case 'arrived':
      return { label: value === 'true' ? c.arrived : c.not_arrived };
    case 'sold_returning':
      return { label: value === 'true' ? c.sold_returning : c.sold_new };
    case 'sold_from':
    case 'sold_to':
      return { label: c[name], value: calendarDay(value, preferences.language) };
    case 'sold_after_days':
    case 'sold_within_days':
      return { label: c[name](show.number(Number(value))) };
  }
}
