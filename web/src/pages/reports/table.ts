// What a table of a report is made of: the same description draws it, sorts it and writes its file.

import type { Cell } from './csv';

export interface ReportColumn<Row> {
  name: string;
  label: string;
  value: (row: Row) => string | number | null;
  /** As people read it; a number is written by locale otherwise. */
  text?: (row: Row) => string;
  /** What it was in the days before. */
  before?: (row: Row) => number;
  /** Show the number before as it was: of a single day, a percentage is mostly chance. */
  isPlain?: boolean;
  /** More is neither good nor bad. */
  isCalm?: boolean;
  /** What it is sorted by, where that is not its value. */
  order?: (row: Row) => number;
  /** Said by something else already, or of little weight: left out on a phone. */
  isMinor?: boolean;
  /** The leads that it counts, as many as it says. */
  href?: (row: Row) => string | undefined;
  /** A word, not a number: stands at the left. */
  isText?: boolean;
}

/** The table as lines of a file: a line of labels, then the rows. */
export function linesOf<Row>(
  rows: readonly Row[],
  columns: readonly ReportColumn<Row>[],
  beforeLabel: (label: string) => string,
): Cell[][] {
  const labels = columns.flatMap(({ label, before }) => (before ? [label, beforeLabel(label)] : [label]));
  const cells = (row: Row) =>
    columns.flatMap(({ value, before }) => (before ? [value(row), before(row)] : [value(row)]));
  return [labels, ...rows.map(cells)];
}

/** Rows with those of the days before, found by `key`. */
export function joined<Row>(now: readonly Row[], before: readonly Row[], key: (row: Row) => string | null) {
  const found = new Map(before.map((row) => [key(row), row]));
  return now.map((row) => ({ ...row, was: found.get(key(row)) }));
}
