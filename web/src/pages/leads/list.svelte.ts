// The list of leads: pages by cursor, and what changes while one looks.

import { api, done, Failure, type Lead } from '../../api';
import { Paged } from '../../lib/paged.svelte';
import type { LiveEvent } from '../../live.svelte';
import { fits, type LeadsQuery } from './filters';

const PAGE = 50;
/** How long a row shows that it just came. */
const FRESH_MS = 2_000;
/** Deliveries come in batches: one look for all of them. */
const TOLD_MS = 2_000;

const WAITS: ReadonlySet<string> = new Set(['pending', 'partial', 'held']);

export class LeadList extends Paged<Lead, LeadsQuery> {
  /** Leads that just came. */
  fresh = $state.raw<ReadonlySet<string>>(new Set());
  /** Leads that came while one was reading further down; they stand above the list when one asks for them. */
  waiting = $state.raw<Lead[]>([]);
  #looking: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super({});
  }

  protected read(query: LeadsQuery, cursor: string | undefined) {
    return done(api.GET('/api/v1/leads', { params: { query: { ...query, limit: PAGE, cursor } } }));
  }

  protected override arrived(): void {
    this.waiting = [];
  }

  drop(id: string): void {
    this.items = this.items.filter((lead) => lead.id !== id);
  }

  has(id: string): boolean {
    return this.items.some((lead) => lead.id === id);
  }

  /** Something happened to a lead. `isReading`: the list's head is out of sight, so nothing may move. */
  async heard(event: LiveEvent, id: string, isReading: boolean): Promise<void> {
    if (event === 'delivery') return this.#lookForTracking(isReading);
    if (event === 'destination') return;
    // What is being looked for among older leads is not begun anew.
    if (event === 'resync') return isReading || this.isLoadingMore ? this.#catchUp() : this.load(this.query);
    if (event !== 'lead.created' && !this.has(id)) return;
    const lead = await done(api.GET('/api/v1/leads/{id}', { params: { path: { id } } })).catch((problem: unknown) => {
      // Somebody else removed it, or handed it to another agent.
      if (problem instanceof Failure && problem.status === 404) this.drop(id);
      return null;
    });
    if (!lead) return;
    if (this.has(id)) this.put(lead);
    else if (event === 'lead.created' && fits(lead, this.query)) {
      this.waiting = [lead, ...this.waiting.filter((other) => other.id !== id)];
      if (!isReading) this.showWaiting();
    }
  }

  /** Nobody can name what changed, and the list must not move: its first page is read again, and what is new there waits. */
  async #catchUp(): Promise<void> {
    const { query } = this;
    const page = await this.read(query, undefined).catch(() => null);
    if (!page || query !== this.query) return;
    for (const lead of page.items) if (this.has(lead.id)) this.put(lead);
    this.waiting = page.items.filter((lead) => !this.has(lead.id));
  }

  /** What a platform said of whom is not told, so the list is read again if somebody in it waits for an answer. */
  #lookForTracking(isReading: boolean): void {
    if (isReading || this.#looking || !this.items.some(({ tracking_status }) => WAITS.has(tracking_status))) return;
    this.#looking = setTimeout(() => {
      this.#looking = undefined;
      void this.load(this.query);
    }, TOLD_MS);
  }

  showWaiting(): void {
    const came = this.waiting.filter((lead) => !this.has(lead.id));
    const ids = came.map((lead) => lead.id);
    this.items = [...came, ...this.items];
    this.waiting = [];
    this.fresh = new Set([...this.fresh, ...ids]);
    setTimeout(() => (this.fresh = new Set([...this.fresh].filter((id) => !ids.includes(id)))), FRESH_MS);
  }
}
