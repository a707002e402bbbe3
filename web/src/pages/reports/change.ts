// How a number compares with the one before it.

export type Change =
  | { kind: 'none' }
  /** There was nothing before. */
  | { kind: 'first' }
  | { kind: 'same' }
  /** `ratio` 0.18 is 18 % more. */
  | { kind: 'more' | 'fewer'; ratio: number }
  /** From here on a percentage says less than a factor. */
  | { kind: 'times'; times: number };

const TIMES = 10;

export function changeOf(now: number, before: number): Change {
  if (now === before) return { kind: now === 0 ? 'none' : 'same' };
  if (before === 0) return { kind: 'first' };
  const ratio = now / before - 1;
  if (now / before >= TIMES) return { kind: 'times', times: now / before };
  return ratio > 0 ? { kind: 'more', ratio } : { kind: 'fewer', ratio: -ratio };
}

/** Digits after the point that a percentage deserves: `4.5 %`, `18 %`. */
export function digitsOf(ratio: number): number {
  return ratio < 0.0995 ? 1 : 0;
}
