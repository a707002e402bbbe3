// The rotators of the workspace, and how many new leads each brought lately.

import { api, done, type Rotator } from '../../api';
import { all } from '../../lib/all';
import { names } from '../../names.svelte';
import { show } from '../../show.svelte';

const DAYS = 7;

export class List {
  items = $state.raw<Rotator[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<unknown>(null);
  /** By rotator; `null` while it is not known. */
  newLeads = $state.raw<Record<string, number> | null>(null);

  async load(): Promise<void> {
    this.state = 'loading';
    void this.#count();
    try {
      this.items = await all((query) => done(api.GET('/api/v1/rotators', { params: { query } })));
      this.state = 'ready';
      // Others name rotators by what is loaded here.
      names.rotators = this.items;
    } catch (problem) {
      this.problem = problem;
      this.state = 'failed';
    }
  }

  /** An ornament: without it the column is not there. */
  async #count(): Promise<void> {
    try {
      const query = { from: show.day(DAYS - 1), to: show.day() };
      const { rotators } = await done(api.GET('/api/v1/reports/overview', { params: { query } }));
      this.newLeads = Object.fromEntries(rotators.map((row) => [row.rotator_id, row.new]));
    } catch {
      this.newLeads = null;
    }
  }
}
