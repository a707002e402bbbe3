// Where a line chart puts its marks.

/** Whole, round steps from 0 to at least `max`: `[0, 10, 20, 30]`. */
export function ticks(max: number, most = 4): number[] {
  const step = stepOf(Math.max(max, 1) / most);
  const count = Math.max(1, Math.ceil(max / step));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}

/** The least of 1, 2, 5, 10, 20, … that is at least `wanted`. */
function stepOf(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= wanted - 1e-9) ?? 10;
  return step * power;
}

const STEPS = [1, 2, 5, 7, 14, 28, 56, 91];

/** Which of `count` days get a label, where `most` have room; the last one always does. */
export function labelled(count: number, most: number): number[] {
  const step = STEPS.find((days) => Math.ceil(count / days) <= most) ?? Math.ceil(count / Math.max(most, 1));
  const last = count - 1;
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => last - at * step).reverse();
}

/** `M0,1L2,3…`, to a tenth of a pixel. */
export function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], at) => `${at ? 'L' : 'M'}${x.toFixed(1)},${y.toFixed(1)}`).join('');
}
