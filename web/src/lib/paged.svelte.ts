// A long list, page by page.

import { untrack } from 'svelte';
import type { Page } from '../api';

/** So many are read before anybody has to ask for more: a page may hold few, or none, and the list go on all the same. */
const ENOUGH = 20;

export abstract class Paged<T extends { id: string }, Q> {
  items = $state.raw<T[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<unknown>(null);
  isLoadingMore = $state(false);
  protected query: Q;
  #cursor = $state<string | null>(null);
  /** The question that the list answers; an answer to an earlier one is dropped. */
  #asked = 0;

  constructor(query: Q) {
    this.query = query;
  }

  /** Asks the server for a page. */
  protected abstract read(query: Q, cursor: string | undefined): Promise<Page<T>>;

  /** The first page is there. */
  protected arrived(): void {}

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** The first page. What is shown stays until the answer is there. */
  async load(query: Q): Promise<void> {
    const asked = ++this.#asked;
    this.query = query;
    // Read within an effect, it would ask again at each failure.
    if (untrack(() => this.state) === 'failed') this.state = 'loading';
    try {
      const page = await this.read(query, undefined);
      if (asked !== this.#asked) return;
      this.items = page.items;
      this.arrived();
      this.#cursor = page.next_cursor ?? null;
      this.state = 'ready';
      this.isLoadingMore = false;
      if (this.items.length < ENOUGH) void this.more();
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
    const enough = this.items.length + ENOUGH;
    try {
      while (this.#cursor && this.items.length < enough) {
        const page = await this.read(this.query, this.#cursor);
        if (asked !== this.#asked) return;
        this.items = [...this.items, ...page.items];
        this.#cursor = page.next_cursor ?? null;
      }
    } catch {
      // The foot of the list still offers to load more.
    } finally {
      if (asked === this.#asked) this.isLoadingMore = false;
    }
  }

  /** Shows one as it is now, where it is in the list. */
  put(changed: T): void {
    this.items = this.items.map((shown) => (shown.id === changed.id ? changed : shown));
  }
}
