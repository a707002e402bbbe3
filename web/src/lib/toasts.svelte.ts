// Short words after an act: `toasts.say('Saved')`, `toasts.fail(problem)`.

import { problemText } from './problem';

const SHOWN_MS = 5_000;

export interface Toast {
  id: number;
  text: string;
  isProblem: boolean;
}

class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;

  say(text: string): void {
    this.#add(text, false);
  }

  /** What went wrong, in the server's words. */
  fail(problem: unknown): void {
    this.#add(problemText(problem), true);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(text: string, isProblem: boolean): void {
    const id = ++this.#last;
    this.list.push({ id, text, isProblem });
    setTimeout(() => this.close(id), isProblem ? 2 * SHOWN_MS : SHOWN_MS);
  }
}

export const toasts = new Toasts();
