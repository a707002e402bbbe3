// Query strings: of the API, and of our own addresses.

export type Query = Readonly<Record<string, string | undefined>>;

/** `?a=b`, without what is absent or empty; nothing at all if nothing is left. */
export function queryOf(query: Query): string {
  const wanted = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  return wanted.length ? `?${new URLSearchParams(wanted)}` : '';
}

/** The page and the query of an address; a page behind the `#`, if there is one, is the one that is meant. */
export function parseAddress({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): {
  path: string;
  query: Query;
} {
  const [path = '', query = ''] = hash.startsWith('#/') ? hash.slice(1).split(/\?(.*)/s) : [pathname, search];
  return { path: path.startsWith('/') ? path : '/', query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The `:names` of a pattern such as `/rotators/:id`, or `null` if the path is another one. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at]!;
    if (part.startsWith(':') && value) params[part.slice(1)] = decode(value);
    else if (part !== value) return null;
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
