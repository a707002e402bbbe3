// What a page begins with, by its path: the build writes it into a document of its own for each (`leads.html`), and the
// server gives that document to who is signed in. So the browser asks for code and rows at once, before any script ran.

interface First {
  /** The component, within this folder. */
  page: string;
  /** What it asks the API for before it can show its rows, to the letter. */
  asks: readonly string[];
}

/** What every page waits for. */
export const ALWAYS = '/api/v1/me';

export const first: Readonly<Record<string, First>> = {
  '/leads': { page: 'leads/Leads.svelte', asks: ['/api/v1/leads?limit=50'] },
  '/rotators': { page: 'rotators/Rotators.svelte', asks: ['/api/v1/rotators?limit=200'] },
  '/agents': { page: 'agents/Agents.svelte', asks: ['/api/v1/agents?limit=200'] },
  '/platforms': { page: 'platforms/Platforms.svelte', asks: ['/api/v1/destinations?limit=200'] },
  '/platforms/deliveries': { page: 'platforms/Deliveries.svelte', asks: ['/api/v1/deliveries?limit=50'] },
  '/forms': { page: 'forms/Forms.svelte', asks: ['/api/v1/forms?limit=200'] },
  '/reports': { page: 'reports/Reports.svelte', asks: [] },
  '/doctor': { page: 'doctor/Doctor.svelte', asks: ['/api/v1/doctor'] },
  '/settings': { page: 'settings/Settings.svelte', asks: [] },
  '/me': { page: 'me/Me.svelte', asks: [] },
};
