// Sorting of tables, as it stands in the address: `new` is downwards, `new.up` is upwards.

/** As `lib/Table` takes it. */
export interface Sorting<Name extends string> {
  name: Name;
  descending: boolean;
}

const UP = '.up';

export function sortingOf<Name extends string>(
  text: string | undefined,
  known: readonly Name[],
  start: Sorting<Name>,
): Sorting<Name> {
  const descending = !text?.endsWith(UP);
  const name = known.find((column) => column === (descending ? text : text?.slice(0, -UP.length)));
  return name === undefined ? start : { name, descending };
}

/** Absent where it is what one starts with anyway. */
export function sortingText<Name extends string>(sorting: Sorting<Name>, start: Sorting<Name>): string | undefined {
  if (sorting.name === start.name && sorting.descending === start.descending) return undefined;
  return sorting.descending ? sorting.name : `${sorting.name}${UP}`;
}

/** A sorted copy; what has no value stands last either way, and equals keep their order. */
export function sorted<Row>(
  rows: readonly Row[],
  value: (row: Row) => string | number | null,
  descending: boolean,
): Row[] {
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const order = typeof x === 'string' ? x.localeCompare(String(y)) : x - Number(y);
    return descending ? -order : order;
  });
}
