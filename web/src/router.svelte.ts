// Where we are: `#/leads?status=won`. Filters and the open drawer live in the query, so that they can be sent as a link
// and the back button undoes them.

import { parseHash, queryOf, type Query } from './query';

class Router {
  #at = $state.raw(parseHash(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.#at = parseHash(location.hash)));
  }

  get path(): string {
    return this.#at.path;
  }

  get query(): Query {
    return this.#at.query;
  }

  /** Goes to another page. `replace` leaves no step for the back button. */
  go(path: string, query: Query = {}, { replace = false } = {}): void {
    const hash = link(path, query);
    if (hash === location.hash) return;
    history[replace ? 'replaceState' : 'pushState'](null, '', hash);
    this.#at = parseHash(hash);
  }

  /** Changes parts of the query and stays on the page; `undefined` removes one. */
  set(query: Query, options?: { replace?: boolean }): void {
    this.go(this.path, { ...this.query, ...query }, options);
  }
}

/** For `href`. */
export function link(path: string, query: Query = {}): string {
  return `#${path}${queryOf(query)}`;
}

export const router = new Router();
