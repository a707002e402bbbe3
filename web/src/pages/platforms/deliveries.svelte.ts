// The list of deliveries: pages by cursor, and what becomes of them while one looks.

import { api, done } from '../../api';
import type { DeliveryQuery } from './deliveryFilters';
import type { Delivery } from './model';

/** Up to fifty come with what was sent and answered, which the drawer shows at once. */
const PAGE = 50;
/** From here on it is cheaper to read the list again than to ask for each. */
const MANY = 10;

export class DeliveryList {
  items = $state.raw<Delivery[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<unknown>(null);
  isLoadingMore = $state(false);
  #cursor = $state<string | null>(null);
  #query: DeliveryQuery = {};
  /** The question that the list answers; an answer to an earlier one is dropped. */
  #asked = 0;

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** The first page. What is shown stays until the answer is there. */
  async load(query: DeliveryQuery): Promise<void> {
    const asked = ++this.#asked;
    this.#query = query;
    if (this.state === 'failed') this.state = 'loading';
    try {
      const page = await this.#page(undefined);
      if (asked !== this.#asked) return;
      this.items = page.items;
      this.#cursor = page.next_cursor ?? null;
      this.state = 'ready';
    } catch (problem) {
      if (asked !== this.#asked) return;
      this.problem = problem;
      this.state = 'failed';
    }
  }

  async more(): Promise<void> {
    if (!this.#cursor || this.isLoadingMore) return;
    const asked = this.#asked;
    this.isLoadingMore = true;
    try {
      const page = await this.#page(this.#cursor);
      if (asked !== this.#asked) return;
      this.items = [...this.items, ...page.items];
      this.#cursor = page.next_cursor ?? null;
    } catch {
      // The foot of the list still offers to load more.
    } finally {
      this.isLoadingMore = false;
    }
  }

  put(delivery: Delivery): void {
    this.items = this.items.map((shown) => (shown.id === delivery.id ? delivery : shown));
  }

  /** These changed (none named: any may have). Who reads further down is not moved: their rows change where they are. */
  async heard(ids: ReadonlySet<string>, isReading: boolean): Promise<void> {
    if (!isReading) return this.load(this.#query);
    const shown = this.items.filter(({ id }) => ids.has(id));
    if (shown.length > MANY) return;
    const found = await Promise.all(
      shown.map(({ id }) => done(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } } })).catch(() => null)),
    );
    for (const delivery of found) if (delivery) this.put(delivery);
  }

  #page(cursor: string | undefined) {
    return done(api.GET('/api/v1/deliveries', { params: { query: { ...this.#query, limit: PAGE, cursor } } }));
  }
}
