// What a report has loaded. What is shown stays until the next answer is there, so that nothing jumps.

import { untrack } from 'svelte';

export class Loaded<T> {
  data = $state.raw<T | null>(null);
  problem = $state.raw<unknown>(null);
  isLoading = $state(true);
  /** The question that is shown; the answer to an earlier one is dropped. */
  #asked = 0;

  /** What `ask` reads before it first waits is followed, if this runs in an effect. */
  async load(ask: () => Promise<T>): Promise<void> {
    const asked = ++this.#asked;
    const answer = ask();
    untrack(() => (this.isLoading = true));
    try {
      const data = await answer;
      if (asked !== this.#asked) return;
      this.data = data;
      this.problem = null;
    } catch (problem) {
      if (asked !== this.#asked) return;
      this.problem = problem;
    }
    this.isLoading = false;
  }
}
