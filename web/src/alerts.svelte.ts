// What somebody should look at, for the banner below each page's title.

import { pending, type Alert, type DestinationPlatform } from './api/pending';

const EVERY_MS = 60_000;

class Alerts {
  list = $state.raw<Alert[]>([]);
  /** Platforms of destinations by id. */
  platforms = $state.raw<Record<string, DestinationPlatform>>({});

  /** Asks again; call it after something was repaired. */
  async load(): Promise<void> {
    try {
      const { items } = await pending.alerts();
      if (items.some((alert) => !this.platforms[alert.destination_id])) {
        const destinations = await pending.destinations();
        this.platforms = Object.fromEntries(destinations.items.map(({ id, platform }) => [id, platform]));
      }
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
