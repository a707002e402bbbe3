// A table as a file, made here: what is on the screen is what one gets.

export type Cell = string | number | null;

/** Makes spreadsheets read UTF-8. */
const MARK = '\u{feff}';
const RUNS = /^[=+\-@\t\r\n]/;

/** Lines of cells as CSV (RFC 4180). A text that a spreadsheet could take for a formula begins with an apostrophe: what
 * visitors put into a link must not run on a shop's computer. Numbers are none of their making and stay numbers. */
export function csv(lines: readonly (readonly Cell[])[]): string {
  return MARK + lines.map((line) => `${line.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const text = RUNS.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `reports-sources-2026-10-24-2026-11-22.csv` and the like: nothing that a file system refuses. */
export function fileName(...parts: readonly string[]): string {
  return `${parts.join('-').replace(/[^\w-]+/g, '-')}.csv`;
}

/** Hands a file to the browser. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers begin to read it only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
