// Changes of a lead, with the words that follow them.

import { api, done, type Lead, type LeadStatus, type Schemas } from '../../api';
import { toasts } from '../../lib/toasts.svelte';

/** The lead as it is now, or `null` if that failed, which was said. */
export async function change(lead: Lead, patch: Schemas['LeadPatch'], said?: string): Promise<Lead | null> {
  try {
    const path = { id: lead.id };
    const changed = await done(api.PATCH('/api/v1/leads/{id}', { params: { path }, body: patch }));
    if (said) toasts.say(said);
    return changed;
  } catch (problem) {
    toasts.fail(problem);
    return null;
  }
}

/** `won` wants a value first: the caller asks for it. */
export function wantsValue(status: LeadStatus): boolean {
  return status === 'won';
}
