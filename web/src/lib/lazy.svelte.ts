// Parts of a page that nobody sees at first: their code comes when the page is there.

import { later } from './later';
import { toasts } from './toasts.svelte';

/** Kept by a page's module, so that it is loaded once. */
export class Lazy<M> {
  /** What was imported, once it has come. */
  it = $state.raw<M | null>(null);
  #load: () => Promise<M>;

  constructor(load: () => Promise<M>) {
    this.#load = load;
  }

  /** Before anybody asks for it: `$effect(() => drawer.soon())`. */
  soon(): () => void {
    return later(() => void this.#come().catch(() => {})); // whoever wants it hears of it
  }

  /** Somebody waits for it. */
  async now(): Promise<void> {
    await this.#come().catch((problem: unknown) => toasts.fail(problem));
  }

  async #come(): Promise<void> {
    this.it ??= await this.#load();
  }
}
