// From a line of a report to the leads behind it. That the list then has as many as the line says is tested on the server's
// side, by these very queries: `crates/server/src/api/reports/behind.rs`.

import type { Query } from '../../query';

export type Named = 'platform' | 'source' | 'campaign' | 'in_app' | 'browser';

/** Leads by what their first touch was, or had not. A report counts a new lead by its first click alone. */
export function named(by: Named, name: string | null): Query {
  if (name === null) return { without: by };
  return { [by === 'platform' ? 'first_platform' : by]: name };
}

/** Whose they are, or nobody's. */
export function owned(agent: string | null): Query {
  return agent === null ? { without: 'agent' } : { agent_id: agent };
}

/** Those that a click made: what counts clicks knows of no others. */
export const clicked: Query = { made_by: 'click' };

/** How long a sale took, by the ends of its span in days. */
export function took(from: number | null, under: number | null): Query {
  return {
    sold_after_days: from === null ? undefined : String(from),
    sold_within_days: under === null ? undefined : String(under),
  };
}
