// What opens over the list of agents: loaded when the list is there.

export { default as AgentDrawer } from './AgentDrawer.svelte';
export { default as PauseDialog } from './PauseDialog.svelte';
export { default as RemoveDialog } from './RemoveDialog.svelte';
