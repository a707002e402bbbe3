// Where a link that does not exist yet would be reached: where the others are, else where we are.

import type { Rotator } from '../../api';

/** Addresses that end where the slug begins, without the slug: `https://wa.brand.com/wa/`. */
export function basesOf(rotators: readonly Pick<Rotator, 'links'>[], origin: string): string[] {
  const links = rotators.map((rotator) => rotator.links);
  // The one with the most: a slug that is taken on the shared address misses one.
  const most = links.reduce((best, next) => (next.length > best.length ? next : best), []);
  return most.length ? most.map((link) => link.replace(/[^/]*$/, '')) : [`${origin}/wa/`];
}
