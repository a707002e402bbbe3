// What happens while one looks: `GET /api/v1/live`, server-sent events that carry ids, never people's data.

import { alerts } from './alerts.svelte';
import { forget } from './api/early';
import { later } from './lib/later';

/** `destination` is an alert about one, or its end. `resync` has no id: too much happened to say it one by one. Nor has `delivery` where many changed at once. */
export type LiveEvent = 'lead.created' | 'lead.returned' | 'lead.updated' | 'lead.untouched' | 'delivery' | 'destination' | 'resync';
const EVENTS = ['lead.created', 'lead.returned', 'lead.updated', 'lead.untouched', 'delivery'] as const;
/** What may change the banner. */
const ALERTING = ['alert', 'destination.held'] as const;
const RETRY_MS = 15_000;
/** A tab that nobody has looked at for so long hears nothing: browsers open six connections to a server, for all tabs. */
const UNSEEN_MS = 60_000;
/** From here on it is cheaper to load a list again than to ask for each. */
const MANY = 10;

class Live {
  /** Whether events reach us at the moment. */
  connected = $state(false);
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<(event: LiveEvent, id: string) => void>();

  /** Hears events until the returned function is called: one connection for all pages, for as long as somebody is signed in and looks. */
  hear(): () => void {
    // First what is there, then what comes.
    const notYet = later(() => this.#open());
    let unseen: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(unseen);
      if (document.hidden) unseen = setTimeout(() => this.#close(), UNSEEN_MS);
      else this.#open();
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(unseen);
      notYet();
      this.#close();
    };
  }

  /** Calls `listener` until the returned function is called: `$effect(() => live.listen(…))`. */
  listen(listener: (event: LiveEvent, id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #open(): void {
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retry);
    const source = new EventSource('/api/v1/live');
    this.#source = source;
    source.onopen = () => {
      this.connected = true;
      // What happened since the lists were read, or since the connection was cut, nobody has told us.
      this.#tell('resync', '');
    };
    source.onerror = () => {
      this.connected = false;
      // The browser reconnects by itself after a cut, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) {
        this.#retry = setTimeout(() => this.#open(), RETRY_MS);
      }
    };
    for (const event of EVENTS) {
      source.addEventListener(event, (message) => {
        const { ids } = JSON.parse(message.data) as { ids: string[] };
        // No ids at all: they were too many to name.
        if (ids.length === 0 || ids.length > MANY) this.#tell(event === 'delivery' ? event : 'resync', '');
        else for (const id of ids) this.#tell(event, id);
      });
    }
    // Something was missed, which nobody can name: whoever shows a list loads it again.
    source.addEventListener('resync', () => this.#tell('resync', ''));
    for (const event of ALERTING) {
      source.addEventListener(event, () => {
        void alerts.load();
        this.#tell('destination', '');
      });
    }
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
    this.connected = false;
  }

  #tell(event: LiveEvent, id: string): void {
    // What the document asked for is older than this.
    forget();
    for (const listener of this.#listeners) listener(event, id);
  }
}

export const live = new Live();
