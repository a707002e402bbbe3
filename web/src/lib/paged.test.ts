import { expect, it, vi } from 'vitest';
import type { Page } from '../api';
import { Paged } from './paged.svelte';

interface Row {
  id: string;
}

/** A list whose pages are given, so many rows each; a cursor is the number of the page. */
class Pages extends Paged<Row, number[]> {
  asked: (string | undefined)[] = [];

  protected async read(sizes: number[], cursor: string | undefined): Promise<Page<Row>> {
    this.asked.push(cursor);
    const page = Number(cursor ?? 0);
    if (sizes[page] === undefined) throw new Error('not reached');
    const items = Array.from({ length: sizes[page] }, (_, n) => ({ id: `${page}.${n}` }));
    return { items, next_cursor: page + 1 < sizes.length ? String(page + 1) : null };
  }
}

async function loaded(sizes: number[]) {
  const list = new Pages(sizes);
  await list.load(sizes);
  await vi.waitFor(() => expect(list.isLoadingMore).toBe(false));
  return list;
}

it('stops at a page that is full', async () => {
  const list = await loaded([50, 50]);
  expect([list.items.length, list.hasMore, list.asked]).toEqual([50, true, [undefined]]);
});

it('goes on by itself while pages hold few or none', async () => {
  const list = await loaded([0, 0, 3, 0, 18, 50]);
  expect([list.items.length, list.hasMore]).toEqual([21, true]);
  expect(list.asked).toEqual([undefined, '1', '2', '3', '4']);
  await list.more();
  expect([list.items.length, list.hasMore]).toEqual([71, false]);
});

it('comes to an end where nobody is found', async () => {
  const list = await loaded([0, 0, 0]);
  expect([list.items.length, list.hasMore, list.state]).toEqual([0, false, 'ready']);
});

it('lets another question take over while it goes on', async () => {
  const list = new Pages([]);
  await list.load(Array<number>(1_000).fill(0));
  await list.load([2, 1]);
  await vi.waitFor(() => expect(list.hasMore).toBe(false));
  expect(list.items.length).toBe(3);
  expect(list.isLoadingMore).toBe(false);
  expect(list.asked.length).toBeLessThan(10);
});
