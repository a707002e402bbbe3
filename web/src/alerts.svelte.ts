// What somebody should look at, for the banner below each page's title.

import { api, done, type Schemas } from './api';
import type { DestinationPlatform } from './api/pending';
import { deadlineOf } from './pages/platforms/deadline';

export type Alert = Schemas['Alert'];
type Destination = Schemas['Destination'];

const EVERY_MS = 60_000;
const MOST = 200;

class Alerts {
  list = $state.raw<Alert[]>([]);
  /** Destinations that alerts are about, by id. */
  destinations = $state.raw<Record<string, Destination>>({});
  /** By when the first of them has to be mended, so that nothing is lost. */
  deadline = $state.raw<string | null>(null);
  /** The question that is shown; an answer to an earlier one is dropped. */
  #asked = 0;

  /** Platforms of destinations by id. */
  get platforms(): Record<string, DestinationPlatform> {
    return Object.fromEntries(Object.values(this.destinations).map(({ id, platform }) => [id, platform]));
  }

  /** Asks again; call it after something was repaired. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const { items } = await done(api.GET('/api/v1/alerts', { params: { query: { limit: MOST } } }));
      // Read anew each time: the banner says how much waits.
      const destinations = items.length
        ? (await done(api.GET('/api/v1/destinations', { params: { query: { limit: MOST } } }))).items
        : [];
      const byId = Object.fromEntries(destinations.map((destination) => [destination.id, destination]));
      const first = items[0] && byId[items[0].destination_id ?? ''];
      const deadline = first ? await deadlineOf(first) : null;
      if (asked !== this.#asked) return;
      this.destinations = byId;
      this.deadline = deadline;
      this.list = items;
    } catch {
      // The banner is no place to say that the banner failed; the page below says it.
    }
  }

  /** Asks every minute until the returned function is called. */
  watch(): () => void {
    void this.load();
    const timer = setInterval(() => void this.load(), EVERY_MS);
    return () => clearInterval(timer);
  }
}

export const alerts = new Alerts();
