// Short words after an act: `toasts.say('Saved')`, `toasts.fail(problem)`.

import { problemText } from './problem';

const SHOWN_MS = 5_000;

/** One thing that can be done about it, such as undoing it. */
export interface ToastAction {
  label: string;
  act: () => void;
}

export interface Toast {
  id: number;
  text: string;
  isProblem: boolean;
  action?: ToastAction;
}

class Toasts {
  list = $state<Toast[]>([]);
  #last = 0;

  say(text: string, action?: ToastAction): void {
    this.#add(text, false, action);
  }

  /** What went wrong, in the server's words. */
  fail(problem: unknown): void {
    this.#add(problemText(problem), true);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(text: string, isProblem: boolean, action?: ToastAction): void {
    const id = ++this.#last;
    this.list.push({ id, text, isProblem, action });
    // Longer where there is something to decide.
    setTimeout(() => this.close(id), isProblem || action ? 2 * SHOWN_MS : SHOWN_MS);
  }
}

export const toasts = new Toasts();
