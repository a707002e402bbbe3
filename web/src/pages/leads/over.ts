// What opens over the list of leads: loaded when the list is there.

export { default as LeadDrawer } from './LeadDrawer.svelte';
export { default as WonDialog } from './WonDialog.svelte';
