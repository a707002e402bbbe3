// Asks before changes are lost: on links, on the back button, on closing the tab.

import { followed, here, router } from '../../router.svelte';

export class Guard {
  /** Where somebody wanted to go; a dialog asks about it. */
  wanted = $state<string | null>(null);
  #isDirty: () => boolean;
  #here = here();

  constructor(isDirty: () => boolean) {
    this.#isDirty = isDirty;
  }

  /** Watches until the returned function is called. */
  watch(): () => void {
    this.#here = here();
    addEventListener('beforeunload', this.#closing);
    addEventListener('click', this.#clicked, true);
    addEventListener('popstate', this.#moved, true);
    return () => {
      removeEventListener('beforeunload', this.#closing);
      removeEventListener('click', this.#clicked, true);
      removeEventListener('popstate', this.#moved, true);
    };
  }

  /** Goes there all the same. The caller has made sure that nothing is dirty any more. */
  leave(): void {
    const to = this.wanted;
    this.wanted = null;
    if (to) router.to(to);
  }

  #closing = (event: BeforeUnloadEvent) => {
    if (this.#isDirty()) event.preventDefault();
  };

  #clicked = (event: MouseEvent) => {
    const to = followed(event);
    if (!to || to === here() || !this.#isDirty()) return;
    event.preventDefault();
    event.stopPropagation();
    this.wanted = to;
  };

  /** Comes before the router hears of it, which then finds us where we were. */
  #moved = () => {
    const to = here();
    if (to === this.#here || !this.#isDirty()) return;
    history.pushState(null, '', this.#here);
    this.wanted = to;
  };
}
