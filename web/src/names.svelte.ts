// Agents and rotators by id: leads name them by id, people know them by name.

import { api, done, type Agent, type Page, type Rotator } from './api';
import { session } from './session.svelte';

const PAGE = 200;

class Names {
  agents = $state.raw<Agent[]>([]);
  rotators = $state.raw<Rotator[]>([]);

  /** Again after an agent or a rotator was changed. A CS may not ask; then ids stay without names. */
  async load(): Promise<void> {
    if (session.isAgent) return;
    const [agents, rotators] = await Promise.all([
      all((cursor) => done(api.GET('/api/v1/agents', { params: { query: { limit: PAGE, cursor } } }))),
      all((cursor) => done(api.GET('/api/v1/rotators', { params: { query: { limit: PAGE, cursor } } }))),
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

async function all<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  try {
    do {
      const { items: more, next_cursor } = await page(cursor);
      items.push(...more);
      cursor = next_cursor ?? undefined;
    } while (cursor);
  } catch {
    // Names are an ornament: a list without them still helps.
  }
  return items;
}

export const names = new Names();
