// Where we are: `/leads?status=won`. Filters and the open drawer live in the query, so that they can be sent as a link
// and the back button undoes them. The path is a real one, so that the server knows which page is wanted and lets the
// browser ask for all that it needs at once; see `pages/first.ts`.

import { parseAddress, queryOf, type Query } from './query';

/** Parts of the server that are not ours to show. */
const OTHERS = /^\/(api|wa|hooks|l)(\/|$)/;

class Router {
  #at = $state.raw(parseAddress(location));

  constructor() {
    this.#settle();
    // Also where only the fragment was changed.
    addEventListener('popstate', () => {
      this.#settle();
      this.#at = parseAddress(location);
    });
    // Links are plain links; what a browser would load anew is shown here.
    document.addEventListener('click', (event) => {
      const to = followed(event);
      if (!to) return;
      event.preventDefault();
      this.to(to);
    });
  }

  get path(): string {
    return this.#at.path;
  }

  get query(): Query {
    return this.#at.query;
  }

  /** Goes to another page. `replace` leaves no step for the back button. */
  go(path: string, query: Query = {}, options?: { replace?: boolean }): void {
    this.to(link(path, query), options);
  }

  /** The same by what `link` gave. */
  to(href: string, { replace = false } = {}): void {
    if (href === here()) return;
    history[replace ? 'replaceState' : 'pushState'](null, '', href);
    this.#at = parseAddress(location);
  }

  /** Changes parts of the query and stays on the page; `undefined` removes one. */
  set(query: Query, options?: { replace?: boolean }): void {
    this.go(this.path, { ...this.query, ...query }, options);
  }

  /** Addresses once stood behind a `#`; only those with a secret still do, which then is in no server's log. */
  #settle(): void {
    const { path, query } = parseAddress(location);
    if (location.hash.startsWith('#/') && !path.startsWith('/invite/')) history.replaceState(null, '', link(path, query));
  }
}

/** Where a click leads within the dashboard, unless the browser has to see to it. */
export function followed(event: MouseEvent): string | null {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const anchor = (event.target as Element | null)?.closest?.('a');
  const to = anchor?.getAttribute('href');
  if (!isPlain || event.defaultPrevented || !to?.startsWith('/') || to.startsWith('//') || OTHERS.test(to)) return null;
  return anchor?.target || anchor?.hasAttribute('download') ? null : to;
}

/** The address as `link` writes it; with its fragment, where one is left. */
export function here(): string {
  return location.pathname + location.search + location.hash;
}

/** For `href`. */
export function link(path: string, query: Query = {}): string {
  return `${path}${queryOf(query)}`;
}

export const router = new Router();
