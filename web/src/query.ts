// Query strings: of the API, and behind the `#` of our own addresses.

export type Query = Readonly<Record<string, string | undefined>>;

/** `?a=b`, without what is absent or empty; nothing at all if nothing is left. */
export function queryOf(query: Query): string {
  const wanted = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
  return wanted.length ? `?${new URLSearchParams(wanted)}` : '';
}

/** Splits `#/leads?status=won` into path and query; what is no such hash is `/`. */
export function parseHash(hash: string): { path: string; query: Query } {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
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
