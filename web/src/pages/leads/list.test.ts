import { expect, it } from 'vitest';
import type { Lead, Page } from '../../api';
import type { LeadsQuery } from './filters';
import { LeadList } from './list.svelte';

const FULL = 30;

/** A list of leads by number, newest first, in pages that are full. */
class Numbered extends LeadList {
  newest = 90;

  protected override async read(_: LeadsQuery, cursor: string | undefined): Promise<Page<Lead>> {
    const from = Number(cursor ?? this.newest);
    const numbers = Array.from({ length: FULL }, (_, n) => String(from - n));
    const items = numbers.map((id) => ({ id, name: `as of ${this.newest}` }) as Lead);
    return { items, next_cursor: String(from - FULL) };
  }
}

const ids = (leads: Lead[]) => leads.map(({ id }) => id).join(' ');

it('keeps the rows of whoever reads further down when nobody can name what changed; what is new waits above', async () => {
  const list = new Numbered();
  await list.load({});
  await list.more();
  const before = ids(list.items);
  list.newest = 92;
  await list.heard('resync', '', true);
  expect([ids(list.items), ids(list.waiting)]).toEqual([before, '92 91']);
  expect(list.items[0]?.name).toBe('as of 92');
  list.showWaiting();
  expect(ids(list.items)).toBe(`92 91 ${before}`);
});

it('reads the list again when nobody reads further down', async () => {
  const list = new Numbered();
  await list.load({});
  list.newest = 92;
  await list.heard('resync', '', false);
  expect(ids(list.items.slice(0, 3))).toBe('92 91 90');
});
