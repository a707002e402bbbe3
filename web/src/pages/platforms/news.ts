// What happens to destinations and deliveries while one looks. `live` speaks of leads only, and is closed while no list
// of leads is open, so this is the one connection of these pages.

import { alerts } from '../../alerts.svelte';

const RETRY_MS = 15_000;
/** A busy minute is answered with one look, not with sixty. */
const PAUSE_MS = 2_000;

/** Calls `onnews` with the deliveries that changed (none named: any may have), until the returned function is called. */
export function listen(onnews: (deliveries: ReadonlySet<string>) => void): () => void {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let changed = new Set<string>();
  let isAny = false;

  function tell() {
    telling = undefined;
    const ids = isAny ? new Set<string>() : changed;
    changed = new Set();
    isAny = false;
    onnews(ids);
  }

  function heard(ids: readonly string[]) {
    if (ids.length === 0) isAny = true;
    for (const id of ids) changed.add(id);
    telling ??= setTimeout(tell, PAUSE_MS);
  }

  function open() {
    source = new EventSource('/api/v1/live');
    source.addEventListener('delivery', (message) => heard((JSON.parse(message.data) as { ids: string[] }).ids));
    source.addEventListener('resync', () => heard([]));
    for (const event of ['alert', 'destination.held']) {
      source.addEventListener(event, () => {
        void alerts.load();
        heard([]);
      });
    }
    source.onerror = () => {
      // The browser comes back by itself after a cut, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    };
  }

  open();
  return () => {
    clearTimeout(retry);
    clearTimeout(telling);
    source.close();
  };
}
