// The reports, in the order of their tabs; each is `/reports/{view}`.

import { link, router } from '../../router.svelte';

export const VIEWS = [
  'overview',
  'sources',
  'rotators',
  'agents',
  'funnel',
  'arrived',
  'sales',
  'screening',
  'recognition',
  'rotation',
] as const;

export type View = (typeof VIEWS)[number];

export function viewOf(text: string | undefined): View | undefined {
  return VIEWS.find((view) => view === text);
}

/** What the reports have in common; a table's sorting is its own. */
const SHARED = ['period', 'from', 'to', 'rotator_id'] as const;

/** Another report about the same days. */
export function viewHref(view: View): string {
  return link(`/reports/${view}`, Object.fromEntries(SHARED.map((name) => [name, router.query[name]])));
}
