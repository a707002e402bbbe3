// The last part of the link. The server has the last word; this helps while typing.

export const SLUG_MAX = 64;

/** What the server takes: 1 to 64 of a-z, 0-9 and hyphens. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text);
}

/** What a name looks like in a link: `Promo Lebaran 50%` is `promo-lebaran-50`. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, SLUG_MAX)
    .replace(/-+$/, '');
}

/** While it is typed: blanks become hyphens and capitals small, so that hardly anything has to be refused. */
export function typed(text: string): string {
  return text.toLowerCase().replace(/[\s_]+/g, '-');
}
