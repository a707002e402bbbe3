import type { Page } from '../api';

/** Most that the server gives at once. */
const LIMIT = 200;

/** A list to its end, for lists that are short by nature: `all((query) => done(api.GET('/api/v1/keys', { params: { query } })))`. */
export async function all<T>(page: (query: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const { items: more, next_cursor } = await page({ limit: LIMIT, cursor });
    items.push(...more);
    cursor = next_cursor ?? undefined;
  } while (cursor);
  return items;
}
