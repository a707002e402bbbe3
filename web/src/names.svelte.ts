// Agents and rotators by id: leads name them by id, people know them by name.

import { api, done, type Agent, type Rotator } from './api';
import { all } from './lib/all';
import { session } from './session.svelte';

class Names {
  agents = $state.raw<Agent[]>([]);
  rotators = $state.raw<Rotator[]>([]);

  /** Again after an agent or a rotator was changed. A CS may not ask; then ids stay without names. */
  async load(): Promise<void> {
    if (session.isAgent) return;
    const [agents, rotators] = await Promise.all([
      ornament(all((query) => done(api.GET('/api/v1/agents', { params: { query } })))),
      ornament(all((query) => done(api.GET('/api/v1/rotators', { params: { query } })))),
    ]);
    this.agents = agents;
    this.rotators = rotators;
  }

  agent(id: string | null): string | undefined {
    return this.agents.find((agent) => agent.id === id)?.name;
  }

  rotator(id: string | null): string | undefined {
    return this.rotators.find((rotator) => rotator.id === id)?.name;
  }
}

/** Names are an ornament: a list without them still helps. */
async function ornament<T>(list: Promise<T[]>): Promise<T[]> {
  return list.catch(() => []);
}

export const names = new Names();
