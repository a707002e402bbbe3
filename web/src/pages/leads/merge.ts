// What becomes of two leads that are made one; the server does it, this shows it beforehand.

import type { Lead } from '../../api';

export interface Outcome {
  /** The older one. */
  stays: Lead;
  goes: Lead;
  name: string;
  clicks: number;
  first_seen: string;
}

/** By hand beats what a form or WhatsApp said, which beats the automatic one. */
const RANK: Record<string, number> = { auto: 0, form: 1, whatsapp: 1, manual: 2 };

export function outcome(one: Lead, other: Lead): Outcome {
  const isOlder = Date.parse(one.first_seen) <= Date.parse(other.first_seen);
  const [stays, goes] = isOlder ? [one, other] : [other, one];
  const rank = (lead: Lead) => RANK[lead.name_source] ?? 0;
  return {
    stays,
    goes,
    name: rank(goes) > rank(stays) ? goes.name : stays.name,
    clicks: one.click_count + other.click_count,
    first_seen: stays.first_seen,
  };
}
