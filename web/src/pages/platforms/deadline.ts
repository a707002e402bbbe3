// By when a held destination has to be mended. The API does not say it for a destination, so it is read from what
// waits: what happened before the hold is the oldest of it, and the first to become too old.

import { api, done } from '../../api';
import type { Delivery, Destination } from './model';

/** One page without what was sent; more than these waited before the hold only where a platform was away for long. */
const MOST = 200;

/** The earliest end of what waits. */
export function firstEnd(waiting: readonly Pick<Delivery, 'expires_at'>[]): string | null {
  const ends = waiting.map(({ expires_at }) => expires_at).sort((a, b) => Date.parse(a) - Date.parse(b));
  return ends[0] ?? null;
}

/** `null` if nothing waits, or nobody can tell. */
export async function deadlineOf(destination: Destination): Promise<string | null> {
  if (!destination.hold || destination.stats.pending === 0) return null;
  const held = (to?: string) =>
    done(
      api.GET('/api/v1/deliveries', {
        params: { query: { destination_id: destination.id, state: 'held', to, limit: MOST } },
      }),
    );
  try {
    const before = await held(destination.hold.since);
    if (before.items.length) return firstEnd(before.items);
    // Nothing waited when the hold began: the newest page has all, or what came first is not much older.
    return firstEnd((await held()).items);
  } catch {
    return null;
  }
}

/** Whole days that are left, `0` for less than one. */
export function daysLeft(end: string, nowMs: number): number {
  return Math.max(0, Math.floor((Date.parse(end) - nowMs) / 86_400_000));
}
