// Sums of money by currency: there is no rate here to add them at.

import type { Schemas } from '../../api';

type Money = Schemas['MoneySum'];

/** All currencies that occur, the workspace's own one first. */
export function currencies(rows: readonly { values: readonly Money[] }[], home: string | null | undefined): string[] {
  const all = new Set(rows.flatMap(({ values }) => values.map(({ currency }) => currency)));
  return [...all].sort((a, b) => Number(b === home) - Number(a === home) || a.localeCompare(b));
}

/** How much there is of one currency; `null` for none. */
export function amount(values: readonly Money[], currency: string): number | null {
  return values.find((value) => value.currency === currency)?.value ?? null;
}
