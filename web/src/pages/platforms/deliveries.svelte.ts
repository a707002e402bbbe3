// The list of deliveries: pages by cursor, and what becomes of them while one looks.

import { api, done } from '../../api';
import { Paged } from '../../lib/paged.svelte';
import type { DeliveryQuery } from './deliveryFilters';
import type { Delivery } from './model';

/** Up to fifty come with what was sent and answered, which the drawer shows at once. */
const PAGE = 50;
/** From here on it is cheaper to read the list again than to ask for each. */
const MANY = 10;

export class DeliveryList extends Paged<Delivery, DeliveryQuery> {
  constructor() {
    super({});
  }

  protected read(query: DeliveryQuery, cursor: string | undefined) {
    return done(api.GET('/api/v1/deliveries', { params: { query: { ...query, limit: PAGE, cursor } } }));
  }

  /** These changed (none named: any may have). Who reads further down is not moved: their rows change where they are. */
  async heard(ids: ReadonlySet<string>, isReading: boolean): Promise<void> {
    if (!isReading) return this.load(this.query);
    const shown = this.items.filter(({ id }) => ids.has(id));
    if (shown.length > MANY) return;
    const found = await Promise.all(
      shown.map(({ id }) => done(api.GET('/api/v1/deliveries/{id}', { params: { path: { id } } })).catch(() => null)),
    );
    for (const delivery of found) if (delivery) this.put(delivery);
  }
}
