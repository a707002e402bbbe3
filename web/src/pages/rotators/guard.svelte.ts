// Asks before changes are lost: on links, on the back button, on closing the tab.

import { parseHash } from '../../query';
import { router } from '../../router.svelte';

export class Guard {
  /** Where somebody wanted to go; a dialog asks about it. */
  wanted = $state<string | null>(null);
  #isDirty: () => boolean;
  #here = location.hash;

  constructor(isDirty: () => boolean) {
    this.#isDirty = isDirty;
  }

  /** Watches until the returned function is called. */
  watch(): () => void {
    this.#here = location.hash;
    addEventListener('beforeunload', this.#closing);
    addEventListener('click', this.#clicked, true);
    addEventListener('popstate', this.#moved);
    return () => {
      removeEventListener('beforeunload', this.#closing);
      removeEventListener('click', this.#clicked, true);
      removeEventListener('popstate', this.#moved);
    };
  }

  /** Goes there all the same. The caller has made sure that nothing is dirty any more. */
  leave(): void {
    const { path, query } = parseHash(this.wanted ?? '');
    this.wanted = null;
    router.go(path, query);
  }

  #closing = (event: BeforeUnloadEvent) => {
    if (this.#isDirty()) event.preventDefault();
  };

  #clicked = (event: MouseEvent) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    const anchor = (event.target as Element | null)?.closest?.('a');
    const to = anchor?.getAttribute('href');
    if (!isPlain || !to?.startsWith('#/') || anchor?.target || to === location.hash || !this.#isDirty()) return;
    event.preventDefault();
    event.stopPropagation();
    this.wanted = to;
  };

  /** Comes before `hashchange`, by which the router hears of it; that one then finds us where we were. */
  #moved = () => {
    const to = location.hash;
    if (to === this.#here || !this.#isDirty()) return;
    history.pushState(null, '', this.#here);
    this.wanted = to;
  };
}
